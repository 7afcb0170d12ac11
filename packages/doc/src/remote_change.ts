// Changes that others made: a bundle goes into a document whole, or not at all (D2, D7).

import type { EventRun } from "@holdfast/causality";
import type { Bundle } from "./bundle/bundle.ts";
import { takeIn } from "./bundle/intake.ts";
import type { History, HistoryMark } from "./history/history.ts";
import { ChangeRecord } from "./state/change_record.ts";
import type { DocumentState } from "./state/document_state.ts";

// A merge of more events than these that nobody watches is not recorded: if it fails, the
// document is replayed, unless its history still lies in its file, where it may be damaged.
const recordedEventsMax = 1_000;

/** A history, and what it adds up to. */
export interface Replica {
  readonly history: History;
  readonly state: DocumentState;
}

/** What a bundle brought. */
export interface RemoteChange {
  /** Events that were new, one run for each agent. */
  readonly applied: readonly EventRun[];
  /** What they did to what is visible; null where that was not kept. */
  readonly record: ChangeRecord | null;
}

/**
 * Takes in those events of `bundle` that are not here. Nothing that it builds on is missing. Where
 * it is refused, nothing happened.
 *
 * @param isWatched - Whether somebody wants to know what became of what is visible.
 * @throws {HoldfastError} As `Doc.apply`.
 */
export function mergeBundle(replica: Replica, bundle: Bundle, isWatched: boolean): RemoteChange {
  const mark = replica.history.mark();
  const applied = takeInOrForget(replica, bundle, mark);
  return { applied, record: applyOrForget(replica, mark, isWatched) };
}

function takeInOrForget(
  { history }: Replica,
  bundle: Bundle,
  mark: HistoryMark,
): readonly EventRun[] {
  try {
    return takeIn(history, bundle);
  } catch (error) {
    history.truncate(mark);
    throw error;
  }
}

// Applies what the history got since `mark`, or makes it forget that.
function applyOrForget(
  { history, state }: Replica,
  mark: HistoryMark,
  isWatched: boolean,
): ChangeRecord | null {
  const { graph, size: end } = history;
  const start = mark.size;
  const isRecorded = end - start <= recordedEventsMax || isWatched || graph.isSealed;
  const record = isRecorded ? new ChangeRecord() : null;
  try {
    if (start === end) return record;
    if (graph.entryEnd(graph.entryIndex(start)) === end) state.apply({ start, end }, record);
    else state.applyAll([{ start, end }], graph.frontier, record);
    return record;
  } catch (error) {
    history.truncate(mark);
    if (record === null) state.restart(mark.frontier);
    else state.revert(record, mark.frontier);
    throw error;
  }
}
