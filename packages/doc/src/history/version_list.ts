// Versions of a document that are worth showing: so many, evenly spread over its history.
//
// Local numbers are an order in which every event comes after those that it builds on
// (G1), so the first k events are a version, for any k. Its frontier is what a walk over
// the graph's entries has collected after k events. What the versions of one replica are
// depends on the order in which events came to it: another's are others.

import { advanceFrontier, type EventId, type LocalFrontier } from "@holdfast/causality";
import { isHighSurrogate } from "../content/surrogates.ts";
import type { History } from "./history.ts";

/** One version of a document. */
export interface DocVersion {
  /** Its latest events, in order of agents: what `Doc.checkout` takes. */
  readonly version: readonly EventId[];
  /** How many events it holds. */
  readonly eventCount: number;
}

/** At most `countMax` versions, from the first event to the last. */
export function listVersions(history: History, countMax: number): readonly DocVersion[] {
  const versions: DocVersion[] = [];
  const { graph, size } = history;
  let frontier: LocalFrontier = [];
  let done = 0;
  for (const eventCount of counts(history, Math.min(countMax, size))) {
    while (done < eventCount) {
      const end = Math.min(graph.entryAt(done).end, eventCount);
      frontier = advanceFrontier(frontier, graph.parents(done), end - 1);
      done = end;
    }
    versions.push({ version: history.ids(frontier), eventCount });
  }
  return versions;
}

// Where to stop, in ascending order.
function counts(history: History, count: number): readonly number[] {
  const { size } = history;
  const found: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const even = count === 1 ? size : 1 + Math.round(((size - 1) * index) / (count - 1));
    const whole = wholeCount(history, even);
    if (whole > (found.at(-1) ?? 0)) found.push(whole);
  }
  return found;
}

// The next count that does not part the halves of a pair: behind a low half that is
// inserted, or behind the whole delete, of which can't be told here what it took.
function wholeCount({ operations }: History, count: number): number {
  const last = operations.row(operations.rowIndex(count - 1));
  if (last.type === "delete") return last.end;
  const unit = operations.unit(count - 1) ?? 0;
  return isHighSurrogate(unit) ? count + 1 : count;
}
