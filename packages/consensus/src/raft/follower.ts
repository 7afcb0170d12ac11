// A follower's side: taking entries, and pieces of snapshots, from the leader.
//
// Invariants:
//   F1  What a node answers to entries says no more than that it holds, durably,
//       what the leader of that term has, through `match` (see persistence.ts).
//   F2  Entries are cut only where the leader has others, and never what is
//       committed; entries that are there already are kept, so that an old message
//       takes nothing back.
//   F3  A snapshot replaces the log with its membership, and only forward. A node
//       whose log agrees with it keeps its log.

import { assert } from "@holdfast/std";
import type { Entry } from "./entry.ts";
import {
  appendEntries,
  cutBefore,
  hasEntry,
  lastOf,
  lastWithin,
  replaceBySnapshot,
} from "./log.ts";
import type { Message } from "./message.ts";
import type { Turn } from "./state.ts";
import type { Index, NodeId } from "./types.ts";

type Of<Type> = Extract<Message, { readonly type: Type }>;

/** Takes entries from the leader of the present term. O(entries). */
export function takeEntries(turn: Turn, from: NodeId, message: Of<"append">): void {
  const { state } = turn;
  const { log } = state;
  const { previous, entries } = message;
  const { term } = state.hard;
  if (previous.index < log.committed) {
    agree(turn, from, log.committed);
    return;
  }
  if (!hasEntry(log, previous)) {
    const rejected = previous.index;
    const hint = lastWithin(log, rejected, previous.term);
    turn.send.push({ to: from, message: { type: "append_rejection", term, rejected, hint } });
    return;
  }
  mergeEntries(turn, entries);
  const match = (previous.index + entries.length) as Index;
  commit(turn, Math.min(message.committed, match) as Index);
  agree(turn, from, match);
}

/** Takes the leader's word for what is committed. */
export function takeHeartbeat(turn: Turn, from: NodeId, message: Of<"heartbeat">): void {
  const { state, send } = turn;
  assert(
    message.committed <= lastOf(state.log).index,
    "F1: what this node said that it holds is not there: was its disk exchanged?",
  );
  commit(turn, message.committed);
  const { round, sentMs } = message;
  const { term } = state.hard;
  send.push({ to: from, message: { type: "heartbeat_reply", term, round, sentMs } });
}

/** Takes a piece of a snapshot. */
export function takeChunk(turn: Turn, from: NodeId, message: Of<"install">): void {
  const { state } = turn;
  const { log } = state;
  const { snapshot, offset, bytes, isLast } = message;
  if (snapshot.index <= log.committed || hasEntry(log, snapshot)) {
    commit(turn, snapshot.index);
    agree(turn, from, snapshot.index);
    return;
  }
  const held = state.partial?.snapshot.name === snapshot.name ? state.partial.offset : 0;
  if (offset !== held) {
    promiseOffset(turn, from, snapshot.name, held);
    return;
  }
  turn.chunk = { snapshot, offset, bytes };
  if (!isLast) {
    state.partial = { snapshot, offset: offset + bytes.length };
    promiseOffset(turn, from, snapshot.name, state.partial.offset);
    return;
  }
  turn.install = snapshot;
  state.partial = null;
  state.snapshot = snapshot;
  replaceBySnapshot(log, snapshot);
  agree(turn, from, snapshot.index);
}

function mergeEntries({ state }: Turn, entries: readonly Entry[]): void {
  const { log } = state;
  const news = entries.findIndex((entry) => !hasEntry(log, entry));
  if (news === -1) return;
  const first = entries[news]!;
  if (first.index <= lastOf(log).index) cutBefore(log, first.index);
  appendEntries(log, entries.slice(news));
}

function commit({ state }: Turn, index: Index): void {
  const { log } = state;
  log.committed = Math.max(log.committed, index) as Index;
}

function agree({ state, promises }: Turn, to: NodeId, match: Index): void {
  promises.push({ to, message: { type: "append_reply", term: state.hard.term, match } });
}

function promiseOffset(turn: Turn, to: NodeId, name: string, offset: number): void {
  const { term } = turn.state.hard;
  turn.promises.push({ to, message: { type: "install_reply", term, name, offset } });
}
