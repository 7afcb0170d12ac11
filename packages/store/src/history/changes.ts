// What the store's interface shows of history and of held snapshots: commits cut to a
// range, as bytes; and the rows of a former version.

import { HoldfastError } from "@holdfast/std";
import type { CommitRecord } from "../commit_record.ts";
import type { Engine, EngineSnapshot } from "../engine.ts";
import { firstText, lastText, type Span, toKeyBytes, toKeyText } from "../key.ts";
import {
  type Change,
  type ChangesPage,
  type CommitVersion,
  changesMax,
  type HeldSnapshot,
} from "../store.ts";
import { OpenTransaction } from "../transaction.ts";
import { WriteSet } from "../write_set.ts";
import { commitsAfter, goesOnFrom, markAt, type Pause } from "./history_reader.ts";

/** A page ends when it has so many bytes, and at least one change. */
const pageBytesMax = 4_000_000;

/** What `commit` wrote in `span`; null where that is nothing. */
export function changeIn({ version, writes }: CommitRecord, span: Span): Change | null {
  const cleared: { start: Uint8Array; end: Uint8Array }[] = [];
  const keys: { key: Uint8Array; value: Uint8Array | null }[] = [];
  writes.cleared.visit((one) => {
    let { start, end } = one;
    if (start < span.start) start = span.start;
    if (end > span.end) end = span.end;
    if (start < end) cleared.push({ start: toKeyBytes(start), end: toKeyBytes(end) });
    return true;
  });
  writes.points.visit(span.start, span.end, false, (key, value) => {
    keys.push({ key: toKeyBytes(key), value });
    return true;
  });
  return cleared.length + keys.length === 0 ? null : { version, cleared, keys };
}

/** The same as a commit again. */
export function commitOf({ version, cleared, keys }: Change): CommitRecord {
  const writes = new WriteSet();
  for (const { start, end } of cleared) {
    writes.clearSpan({ start: toKeyText(start), end: toKeyText(end) });
  }
  for (const { key, value } of keys) writes.set(toKeyText(key), value);
  return { version, writes };
}

/** @throws {HoldfastError} `invalid_argument` where a page can't have so many changes. */
export function requireLimit(limitChanges: number): void {
  if (Number.isInteger(limitChanges) && limitChanges >= 1 && limitChanges <= changesMax) return;
  const sentence = `limitChanges is ${limitChanges}, not 1 to ${changesMax}`;
  throw new HoldfastError("invalid_argument", sentence);
}

/** Which page of the feed. */
export interface AskedChanges {
  readonly span: Span;
  readonly since: CommitVersion;
  readonly limitChanges: number;
}

/** A page of the feed; see `PastStore.changes`. */
export async function readChanges(
  snapshot: EngineSnapshot,
  { span, since, limitChanges }: AskedChanges,
  pause: Pause,
): Promise<ChangesPage> {
  requireLimit(limitChanges);
  const changes: Change[] = [];
  let sizeBytes = 0;
  for await (const commit of commitsAfter(snapshot, since, pause)) {
    const change = changeIn(commit, span);
    if (change === null) continue;
    changes.push(change);
    sizeBytes += commit.writes.sizeBytes;
    const isFull = changes.length >= limitChanges || sizeBytes >= pageBytesMax;
    if (isFull) return { changes, version: change.version };
  }
  return { changes, version: snapshot.version };
}

/** `rows`, held, and the history up to it. */
export function heldSnapshot(
  rows: EngineSnapshot,
  keySizeBytesMax: number,
  pause: Pause,
): HeldSnapshot {
  const tx = new OpenTransaction(rows, keySizeBytesMax, null);
  return {
    ...tx.snapshot,
    mark: () => markAt(rows, rows.version),
    goesOnFrom: (version, mark) => goesOnFrom(rows, version, mark),
    changesAfter: (since) => allChangesAfter(rows, since, pause),
  };
}

async function* allChangesAfter(
  rows: EngineSnapshot,
  since: CommitVersion,
  pause: Pause,
): AsyncGenerator<Change> {
  for await (const commit of commitsAfter(rows, since, pause)) {
    const change = changeIn(commit, { start: firstText, end: lastText });
    if (change !== null) yield change;
  }
}

/** `rows`, which the undo of a transaction turns into those at `version`. */
export function rowsAsOf(
  engine: Pick<Engine, "capabilities">,
  rows: EngineSnapshot,
  version: CommitVersion,
): Pick<Engine, "capabilities" | "snapshot"> {
  const snapshot: EngineSnapshot = {
    version,
    get: (key) => rows.get(key),
    range: (start, end, limitRows, reverse) => rows.range(start, end, limitRows, reverse),
    rows: (start, end, limitRows, reverse) => rows.rows(start, end, limitRows, reverse),
    // Whoever holds the rows gives them back.
    release: () => {},
  };
  return { capabilities: engine.capabilities, snapshot: () => snapshot };
}
