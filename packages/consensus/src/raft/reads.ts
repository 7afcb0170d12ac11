// Linearizable reads without writing to the log.
//
//   read --> waiting --round begins--> confirming --a quorum answered--> readable --applied--> answered
//
// What is committed when a leader has heard from a quorum, in a round of
// heartbeats that began after the read came, is all that any write can have been
// told of before. Reads that come during a round share the next one.
//
// Invariants:
//   RD1  No read is answered before the leader's first entry is committed: until
//        then it may not know of all that is.
//   RD2  No read is answered before what it must see is applied here, on a follower too.
//   RD3  A lease counts from when a heartbeat was sent, on the leader's own clock,
//        and is void once anybody was told to campaign in this term: that message
//        may still be under way, and it overrides what followers promised.
//
// Source: Ongaro 2014 (thesis), section 6.4.

import { leadingOf } from "./leader.ts";
import { membershipIn } from "./log.ts";
import { hasQuorum } from "./membership.ts";
import type { Message } from "./message.ts";
import { sendHeartbeats } from "./replication.ts";
import { refuse, requestCount } from "./roles.ts";
import type { LeaderRead, Turn } from "./state.ts";
import type { Index, NodeId, RequestId } from "./types.ts";

/** Begins a read that was asked for here. */
export function read(turn: Turn, id: RequestId): void {
  const { options, state, send } = turn;
  if (state.leader === null) refuse(turn, id, "no_leader");
  else if (requestCount(state) >= options.limits.requestsMax) refuse(turn, id, "overloaded");
  else if (state.role === "leader") leaderRead(turn, { from: options.id, id });
  else {
    state.forwarded.set(id, { type: "read", sinceMs: turn.nowMs });
    const { term } = state.hard;
    send.push({ to: state.leader, message: { type: "read_request", term, id } });
  }
}

/** Begins a read at the leader. */
export function leaderRead(turn: Turn, request: LeaderRead): void {
  const { options, state, send } = turn;
  const { limits } = options;
  if (request.from !== options.id && requestCount(state) >= limits.requestsMax) {
    const { term } = state.hard;
    const { from: to, id } = request;
    send.push({ to, message: { type: "refused", term, id, reason: "overloaded" } });
    return;
  }
  if (holdsLease(turn)) confirm(turn, request, state.log.committed);
  else leadingOf(turn).waiting.push(request);
}

/** Takes the leader's word for a read that was passed on. */
export function noteRead(
  turn: Turn,
  { id, index }: Extract<Message, { type: "read_reply" }>,
): void {
  const { state } = turn;
  if (state.forwarded.get(id)?.type !== "read") return;
  state.forwarded.delete(id);
  state.readable.push({ id, index });
}

/** Ends a round that a quorum answered, and begins one where reads wait. */
export function driveRounds(turn: Turn): void {
  const { state } = turn;
  const leading = leadingOf(turn);
  endRound(turn);
  if (leading.confirming !== null || leading.waiting.length === 0) return;
  if (state.log.committed < leading.first) return;
  leading.round += 1;
  leading.confirming = { index: state.log.committed, reads: leading.waiting };
  leading.waiting = [];
  sendHeartbeats(turn);
  // A leader alone is its own quorum.
  endRound(turn);
}

/** Answers the reads whose time has come. O(reads that wait). */
export function answerReads(turn: Turn): void {
  const { state, answers } = turn;
  const { applied } = state.log;
  const isDue = ({ index }: { readonly index: Index }) => index <= applied;
  if (!state.readable.some(isDue)) return;
  for (const { id, index } of state.readable.filter(isDue))
    answers.push({ type: "read", id, index });
  state.readable = state.readable.filter((each) => !isDue(each));
}

function endRound(turn: Turn): void {
  const { confirming, round } = leadingOf(turn);
  if (confirming === null || !isConfirmed(turn, (node) => roundOf(turn, node) >= round)) return;
  leadingOf(turn).confirming = null;
  for (const request of confirming.reads) confirm(turn, request, confirming.index);
}

function holdsLease(turn: Turn): boolean {
  const { options, state, nowMs } = turn;
  const { first, isLeaseVoid, peers } = leadingOf(turn);
  const { leaseMs } = options;
  if (leaseMs === null || isLeaseVoid || state.log.committed < first) return false;
  return isConfirmed(turn, (node) => nowMs - peers.get(node)!.confirmedMs < leaseMs);
}

function isConfirmed(turn: Turn, says: (node: NodeId) => boolean): boolean {
  const { options, state } = turn;
  const { peers } = leadingOf(turn);
  const { membership } = membershipIn(state.log);
  return hasQuorum(membership, (node) => {
    return node === options.id || (peers.has(node) && says(node));
  });
}

function roundOf(turn: Turn, node: NodeId): number {
  return leadingOf(turn).peers.get(node)!.round;
}

function confirm(turn: Turn, { from, id }: LeaderRead, index: Index): void {
  const { options, state, send } = turn;
  if (from === options.id) {
    state.readable.push({ id, index });
    return;
  }
  const { term } = state.hard;
  send.push({ to: from, message: { type: "read_reply", term, id, index } });
  const peer = leadingOf(turn).peers.get(from);
  // It waits until it knows that this is committed.
  if (peer?.mode === "replicate" && peer.committed < index) peer.isNudged = true;
}
