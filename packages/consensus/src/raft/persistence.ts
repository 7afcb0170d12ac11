// The end of a step: what to make durable, what may leave, what is handed out.
//
// Invariants:
//   R1  A promise leaves only when all that it rests on is durable: a vote, a
//       request for votes, an answer to entries or to a piece of a snapshot. It is
//       held until the last request to persist of its own step is.
//   R2  Only what is committed, and durable here, is handed out; in order, once.
//
// A request for votes is a promise too. It says how far this node's log reaches; a
// node that lost the end of its log and its term in a crash could campaign in the
// same term again, and be elected by answers to what it said before.
//
// A candidate's own vote goes the same way, as a message to itself.

import { assert } from "@holdfast/std";
import { type Entry, entrySizeBytes } from "./entry.ts";
import { entriesFrom, lastOf, noteDurable, noteWrite, termAt } from "./log.ts";
import type { Envelope } from "./message.ts";
import type { Output, PersistRequest } from "./output.ts";
import type { RaftState, Turn } from "./state.ts";
import type { HardState, Index, PersistId } from "./types.ts";

/** Notes that all requests through `id` are done; the promises that were waiting for that. */
export function released(state: RaftState, id: PersistId): readonly Envelope[] {
  state.durableId = id;
  noteDurable(state.log, id);
  const rest = state.held.findIndex(({ after }) => after > id);
  const done = state.held.splice(0, rest === -1 ? state.held.length : rest);
  return done.map(({ envelope }) => envelope);
}

/**
 * What is to be made durable after a step that began with `before`, if anything;
 * holds its promises back, or lets them go where nothing is under way.
 */
export function seal(turn: Turn, before: HardState): PersistRequest | null {
  const { state, send, promises } = turn;
  const persist = requestOf(turn, before);
  if (persist !== null) {
    state.persistId = persist.id;
    noteWrite(state.log, persist.id);
  }
  if (state.durableId === state.persistId) send.push(...promises);
  else for (const envelope of promises) state.held.push({ after: state.persistId, envelope });
  return persist;
}

function requestOf({ state, ...turn }: Turn, before: HardState): PersistRequest | null {
  const { log, hard } = state;
  const last = lastOf(log).index;
  const isHardNew = hard !== before;
  const hasEntries = last > log.offered;
  const { chunk, install, compact, healed } = turn;
  const isSnapshotNew = chunk !== null || install !== null || compact !== null;
  if (!isHardNew && !hasEntries && !isSnapshotNew && !healed) return null;
  const options = { through: last, sizeBytesMax: Number.POSITIVE_INFINITY };
  return {
    id: (state.persistId + 1) as PersistId,
    hard: isHardNew ? hard : null,
    chunk,
    install,
    compact,
    healed,
    entries: hasEntries ? entriesFrom(log, log.offered + 1, options) : [],
  };
}

/**
 * Ends the doubt in which a damaged disk left this node, where all of it is there again (E4).
 *
 * That is so once this node holds what a leader committed that was elected without it: its
 * voters and those who held what was committed before have one in common that is not this
 * node. Such a leader's term is one in which this node never voted: see log_history.ts.
 */
export function heal(turn: Turn): void {
  const { hard, log, unsure } = turn.state;
  const known = Math.min(log.committed, log.stable);
  if (unsure === null || known < unsure || termAt(log, known) !== hard.term) return;
  turn.state.unsure = null;
  turn.healed = true;
}

/** What the state machine is to be given now. O(entries). */
export function handOut({ options, state }: Turn): Pick<Output, "restore" | "committed"> {
  const { log } = state;
  let restore: Output["restore"] = null;
  if (log.handed < log.base.index) {
    if (log.stable < log.base.index) return { restore, committed: [] };
    restore = state.snapshot;
    assert(restore !== null && restore.index >= log.base.index, "R2: no snapshot to restore");
    log.handed = restore.index;
    state.applyingBytes = 0;
  }
  const through = Math.min(log.committed, log.stable) as Index;
  const room = options.limits.applyBytesMax - state.applyingBytes;
  if (through <= log.handed || room <= 0) return { restore, committed: [] };
  const committed = entriesFrom(log, log.handed + 1, { through, sizeBytesMax: room });
  log.handed = committed.at(-1)!.index;
  state.applyingBytes += sizeOf(committed);
  return { restore, committed };
}

/** Notes that the state machine holds everything through `index`. O(entries applied). */
export function noteApplied(state: RaftState, index: Index): void {
  const { log } = state;
  if (index <= log.applied) return;
  assert(index <= log.handed, "R2: applied what was not handed out");
  const from = Math.max(log.applied, log.base.index) + 1;
  const options = { through: index, sizeBytesMax: Number.POSITIVE_INFINITY };
  const done = from > index ? [] : entriesFrom(log, from, options);
  log.applied = index;
  state.applyingBytes = Math.max(0, state.applyingBytes - sizeOf(done));
}

function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entrySizeBytes(entry), 0);
}
