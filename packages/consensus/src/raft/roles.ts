// Becoming a follower, and what a node that stops leading leaves behind.

import type { Refusal } from "./refusal.ts";
import type { RaftState, Turn } from "./state.ts";
import type { NodeId, RequestId, Term } from "./types.ts";

/** Follows `leader`, if one is known, in `term`, which is the present one or a later. */
export function becomeFollower(turn: Turn, term: Term, leader: NodeId | null): void {
  const { state } = turn;
  if (term > state.hard.term) state.hard = { term, vote: null };
  if (state.leading !== null) giveUpReads(turn);
  state.role = "follower";
  state.leading = null;
  state.votes.clear();
  setLeader(turn, leader);
  restartTimer(turn);
}

/** Notes who leads. What was passed on to another is given up. */
export function setLeader(turn: Turn, leader: NodeId | null): void {
  const { state } = turn;
  if (state.leader === leader) return;
  state.leader = leader;
  for (const id of state.forwarded.keys()) refuse(turn, id, "lost");
  state.forwarded.clear();
}

/** Begins to wait for a leader anew. */
export function restartTimer({ state, nowMs }: Turn): void {
  state.waitingMs = nowMs;
  state.timeoutMs = null;
}

/**
 * Counts no silence of the last `ms`, in which this node stood still and heard nobody: a
 * leader does not step down for that, a follower does not campaign. It may be patient for
 * longer than it promised, never for less, and leases are counted from what was sent.
 */
export function excuseSilence({ state, nowMs }: Turn, ms: number): void {
  const excused = (sinceMs: number): number => Math.min(nowMs, sinceMs + ms);
  state.waitingMs = excused(state.waitingMs);
  state.heardMs = excused(state.heardMs);
  for (const peer of state.leading?.peers.values() ?? []) peer.heardMs = excused(peer.heardMs);
}

/** Says no to something that was asked for here. */
export function refuse(turn: Turn, id: RequestId, reason: Refusal): void {
  turn.answers.push({ type: "refused", id, reason });
}

/** Whether this node owes a leader not to help another one up. */
export function isPromised({ options, state, nowMs }: Turn): boolean {
  return state.role === "leader" || nowMs - state.heardMs < options.electionMs;
}

/** How many requests wait for something. */
export function requestCount({ forwarded, readable, leading }: RaftState): number {
  const reads = (leading?.waiting.length ?? 0) + (leading?.confirming?.reads.length ?? 0);
  return forwarded.size + readable.length + reads;
}

function giveUpReads(turn: Turn): void {
  const { state, options } = turn;
  const { waiting, confirming } = state.leading!;
  for (const { from, id } of [...(confirming?.reads ?? []), ...waiting]) {
    if (from === options.id) refuse(turn, id, "lost");
  }
}
