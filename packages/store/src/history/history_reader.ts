// Reads a store's history out of one snapshot: which commits came after a version, and
// what undoes them.

import { equalBytes, HoldfastError } from "@holdfast/std";
import type { Clock } from "@holdfast/world";
import type { CommitRecord } from "../commit_record.ts";
import type { EngineRow, EngineSnapshot } from "../engine.ts";
import { type KeyText, textAfter } from "../key.ts";
import type { CommitVersion } from "../store.ts";
import { WriteSet } from "../write_set.ts";
import {
  decodeRecord,
  decodeState,
  type HistoryRecord,
  type HistoryState,
  joined,
  recordHead,
  recordKey,
  recordsSpan,
  stateKey,
  versionOfPiece,
} from "./history_record.ts";

/** Called each time that so much was read, and waited for: so others need not wait for all of it. */
export type Pause = () => Promise<void>;

/** Pieces read at once: at most about 3 MB. */
const piecesPageRows = 32;
/** Between two pauses: ten milliseconds or so. */
const stepSizeBytes = 1_000_000;
const pauseMs = 1;

/** Lets whatever else this process does have a turn. */
export function pauseOn(clock: Clock): Pause {
  return () => clock.sleep(pauseMs);
}

/** The state of the history in `snapshot`; null where it has not begun, or the store was written without it. */
export async function historyState(snapshot: EngineSnapshot): Promise<HistoryState | null> {
  const value = await snapshot.get(stateKey);
  if (value === null) return null;
  const state = decodeState(value);
  return state.last === snapshot.version ? state : null;
}

/** The records above `since`, and the one that it lies in, in order. Two pages of memory, and one record. */
export async function* recordsAfter(
  snapshot: EngineSnapshot,
  since: CommitVersion,
  pause: Pause,
): AsyncGenerator<HistoryRecord> {
  let pieces: EngineRow[] = [];
  let sinceBytes = 0;
  const start = recordKey((since + 1) as CommitVersion);
  for await (const row of rowsFrom(snapshot, start, piecesPageRows)) {
    const last = pieces[0];
    if (last !== undefined && versionOfPiece(last.key) !== versionOfPiece(row.key)) {
      yield decodeRecord(versionOfPiece(last.key), joined(pieces));
      pieces = [];
    }
    pieces.push(row);
    sinceBytes += row.value.length;
    if (sinceBytes < stepSizeBytes) continue;
    sinceBytes = 0;
    await pause();
  }
  if (pieces.length > 0) yield decodeRecord(versionOfPiece(pieces[0]!.key), joined(pieces));
}

/** The pieces from `start` on, in order, of which `pageRows` are read at once. */
export async function* rowsFrom(
  snapshot: EngineSnapshot,
  start: KeyText,
  pageRows: number,
): AsyncGenerator<EngineRow> {
  for (let from = start; ; ) {
    const page = await snapshot.range(from, recordsSpan.end, pageRows, false);
    yield* page;
    if (page.length < pageRows) return;
    from = textAfter(page[page.length - 1]!.key);
  }
}

/**
 * The commits above `since`, in order.
 *
 * @throws {HoldfastError} `too_old` where the history no longer reaches; `invalid_argument`
 *   where `since` is no version yet.
 */
export async function* commitsAfter(
  snapshot: EngineSnapshot,
  since: CommitVersion,
  pause: Pause,
): AsyncGenerator<CommitRecord> {
  const state = await historyState(snapshot);
  requireReach(since, state?.since ?? snapshot.version, snapshot.version);
  if (state === null) return;
  for await (const { commits } of recordsAfter(snapshot, since, pause)) {
    for (const commit of commits) if (commit.version > since) yield commit;
  }
}

/**
 * What turns the rows of `snapshot` into those at `version`. O(history after it), in time
 * and in memory.
 *
 * @throws {HoldfastError} As {@link commitsAfter}.
 */
export async function undoTo(
  snapshot: EngineSnapshot,
  version: CommitVersion,
  pause: Pause,
): Promise<WriteSet> {
  const state = await historyState(snapshot);
  requireReach(version, state?.asOfSince ?? snapshot.version, snapshot.version);
  const undo = new WriteSet();
  if (state === null) return undo;
  for await (const { commits, before } of recordsAfter(snapshot, version, pause)) {
    if (before === null) throw new HoldfastError("corrupt", "the history lacks what stood before");
    before.visitAll((key, value) => {
      // The oldest record after the version has what stood then.
      if (undo.points.get(key) === undefined) undo.set(key, value);
      return true;
    });
    for (const commit of commits) if (commit.version <= version) redo(undo, commit);
  }
  return undo;
}

/** Only of the first record: a version in the middle of its group. What it clears is in `undo` already. */
function redo(undo: WriteSet, { writes }: CommitRecord): void {
  writes.cleared.visit(({ start, end }) => {
    for (const key of undo.points.keysIn(start, end)) undo.set(key, null);
    return true;
  });
  writes.points.visitAll((key, value) => {
    undo.set(key, value);
    return true;
  });
}

/**
 * What tells this history, at `version`, from any other that had a version of that number:
 * its identity and its chain. Empty where the history doesn't say.
 */
export async function markAt(
  snapshot: EngineSnapshot,
  version: CommitVersion,
): Promise<Uint8Array> {
  const nothing = new Uint8Array(0);
  const state = await historyState(snapshot);
  if (state === null) return nothing;
  let chain = state.sinceChain;
  if (version !== state.since) {
    const [first] = await snapshot.range(recordKey(version), recordsSpan.end, 1, false);
    if (first === undefined || versionOfPiece(first.key) !== version) return nothing;
    chain = recordHead(first.value).chain;
  }
  const mark = new Uint8Array(state.identity.length + 4);
  mark.set(state.identity);
  new DataView(mark.buffer).setUint32(state.identity.length, chain);
  return mark;
}

/** Whether the history of `snapshot` goes on from where `mark` was taken, at `version`. */
export async function goesOnFrom(
  snapshot: EngineSnapshot,
  version: CommitVersion,
  mark: Uint8Array,
): Promise<boolean> {
  if (mark.length === 0) return false;
  const state = await historyState(snapshot);
  if (state === null || version < state.since || version > snapshot.version) return false;
  return equalBytes(await markAt(snapshot, version), mark);
}

function requireReach(version: CommitVersion, from: CommitVersion, to: CommitVersion): void {
  if (!Number.isSafeInteger(version) || version < 0 || version > to) {
    throw new HoldfastError(
      "invalid_argument",
      `version ${version} is none yet; the last is ${to}`,
    );
  }
  if (version < from) {
    throw new HoldfastError("too_old", `version ${version} is gone; the history begins at ${from}`);
  }
}
