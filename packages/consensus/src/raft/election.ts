// Elections: asking around, campaigning, voting.
//
//   follower --timeout--> pre_candidate --a quorum would--> candidate --a quorum did--> leader
//
// A node first asks whether it would be elected, which binds nobody. So one that
// was cut off, or removed, does not drive up the term and with it a leader that
// works. And who hears from a leader refuses, however the asker's log stands.
//
// Invariants:
//   E1  A node votes for one candidate in a term.
//   E2  A node's term never decreases.
//   E3  A leader was elected by a quorum, its own durable vote among it: else it
//       could lead again in the same term after a crash, with another log.
//   E4  A node whose disk lost entries that it may have promised neither votes nor
//       campaigns, nor says that it would, until a leader gave it all of them again and
//       they are durable.
//
// Source: Ongaro & Ousterhout 2014, section 5.2 and 5.4.1; Ongaro 2014 (thesis),
// sections 4.2.3 and 9.6. Departure: no vote is asked for before the asker's own is
// durable (see persistence.ts).

import { assert } from "@holdfast/std";
import { isUpToDate, lastOf, membershipIn, membershipsInDoubt } from "./log.ts";
import { hasQuorum, isVoter, membersOf } from "./membership.ts";
import type { Message } from "./message.ts";
import { becomeFollower, isPromised, restartTimer, setLeader } from "./roles.ts";
import type { Turn } from "./state.ts";
import type { NodeId, Term } from "./types.ts";

type Of<Type> = Extract<Message, { readonly type: Type }>;

/**
 * Looks whether the leader was silent for too long. A node whose disk is behind
 * waits for it: its vote would count only after, and each attempt adds a write.
 */
export function watchLeader(turn: Turn, jitterMs: number): void {
  const { options, state, nowMs } = turn;
  state.timeoutMs ??= options.electionMs + jitterMs;
  if (nowMs - state.waitingMs >= state.timeoutMs && state.held.length === 0) askAround(turn);
}

/** Asks who would vote for this node. Nodes that are no voters, and were none, ask nobody. */
export function askAround(turn: Turn): void {
  const { options, state } = turn;
  if (state.role === "leader" || !mayCampaign(turn)) {
    restartTimer(turn);
    return;
  }
  // In a lease's time this node counts for its leader, and so not for itself.
  if (options.leaseMs !== null && isPromised(turn)) return;
  begin(turn, "pre_candidate");
  const message = { type: "pre_vote_request", term: state.hard.term } as const;
  const last = lastOf(state.log);
  for (const to of others(turn)) turn.send.push({ to, message: { ...message, last } });
  state.votes.set(options.id, true);
  countVotes(turn);
}

/** Campaigns. `isTransfer` says that the leader asked for it. */
export function campaign(turn: Turn, isTransfer: boolean): void {
  const { options, state } = turn;
  if (state.role === "leader" || !mayCampaign(turn)) return;
  begin(turn, "candidate");
  const term = (state.hard.term + 1) as Term;
  state.hard = { term, vote: options.id };
  const last = lastOf(state.log);
  for (const to of others(turn)) {
    turn.promises.push({ to, message: { type: "vote_request", term, last, isTransfer } });
  }
  turn.promises.push({ to: options.id, message: { type: "vote_reply", term, granted: true } });
}

/** Says whether this node would vote for `from` in the term after that of `request`. */
export function answerPreVote(turn: Turn, from: NodeId, request: Of<"pre_vote_request">): void {
  const { state } = turn;
  const isNew = request.term >= state.hard.term;
  const isSure = state.unsure === null;
  const granted = isNew && isSure && !isPromised(turn) && isUpToDate(state.log, request.last);
  const term = granted ? request.term : state.hard.term;
  turn.send.push({ to: from, message: { type: "pre_vote_reply", term, granted } });
}

/** Votes, or not; the request's term is the present one. Learners vote: who asks may need them. */
export function answerVote(turn: Turn, from: NodeId, request: Of<"vote_request">): void {
  const { state } = turn;
  const { term, vote } = state.hard;
  const isOpen = vote === null ? state.leader === null : vote === from;
  const isFree = isOpen && state.unsure === null;
  const granted = isFree && isUpToDate(state.log, request.last);
  if (granted) {
    if (vote === null) state.hard = { term, vote: from };
    restartTimer(turn);
  }
  // A refusal binds nobody, and may go ahead.
  const list = granted ? turn.promises : turn.send;
  list.push({ to: from, message: { type: "vote_reply", term, granted } });
}

/** Notes an answer to {@link askAround} or {@link campaign}. Tells whether this node won the term. */
export function noteVote(
  turn: Turn,
  from: NodeId,
  reply: Of<"vote_reply"> | Of<"pre_vote_reply">,
): "won" | "open" {
  const { state } = turn;
  const wanted = reply.type === "vote_reply" ? "candidate" : "pre_candidate";
  if (state.role !== wanted) return "open";
  if (!state.votes.has(from)) state.votes.set(from, reply.granted);
  return countVotes(turn);
}

function countVotes(turn: Turn): "won" | "open" {
  const { options, state } = turn;
  const { membership } = membershipIn(state.log);
  const { votes } = state;
  if (!hasQuorum(membership, (node) => votes.get(node) !== false)) {
    becomeFollower(turn, state.hard.term, null);
    return "open";
  }
  const isElected = hasQuorum(membership, (node) => votes.get(node) === true);
  if (!isElected || votes.get(options.id) !== true) return "open";
  if (state.role === "pre_candidate") {
    campaign(turn, false);
    return "open";
  }
  assert(state.hard.vote === options.id, "E1: elected without its own vote");
  return "won";
}

function begin(turn: Turn, role: "pre_candidate" | "candidate"): void {
  const { state } = turn;
  state.role = role;
  state.votes.clear();
  setLeader(turn, null);
  restartTimer(turn);
}

// Who is about to lose its vote campaigns until that is committed: it may be the only
// one with a log that the voters to come would elect.
function mayCampaign({ options, state }: Turn): boolean {
  if (state.unsure !== null) return false;
  return membershipsInDoubt(state.log).some((membership) => isVoter(membership, options.id));
}

function others({ options, state }: Turn): readonly NodeId[] {
  const { membership } = membershipIn(state.log);
  return membersOf(membership).filter((node) => node !== options.id && isVoter(membership, node));
}
