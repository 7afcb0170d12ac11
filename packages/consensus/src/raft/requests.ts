// What is asked of a leader: to append commands, to change the membership, to make
// room for another leader; and the way there from a follower.
//
// A follower passes commands on. It can't tell what became of those it passed on
// to a leader that is none any more: it answers `lost`, and whoever asked must find
// out. A command that the network doubles is appended twice.

import { appendOwn, leadingOf, mayChange } from "./leader.ts";
import { lastOf, membershipIn } from "./log.ts";
import { type MembershipChange, membershipAfter } from "./membership.ts";
import type { Message, Proposal } from "./message.ts";
import type { Refusal } from "./refusal.ts";
import { refuse, requestCount } from "./roles.ts";
import type { Turn } from "./state.ts";
import type { NodeId, RequestId, Term } from "./types.ts";

/** How many election timeouts an answer of the leader is waited for. */
const forwardElectionsMax = 10;

type Of<Type> = Extract<Message, { readonly type: Type }>;

/** Appends commands, or passes them on. */
export function propose(turn: Turn, proposals: readonly Proposal[]): void {
  const { options, state, answers, send } = turn;
  const refuseAll = (reason: Refusal) => {
    for (const { id } of proposals) refuse(turn, id, reason);
  };
  if (state.role === "leader") {
    const reason = reasonToRefuse(turn);
    if (reason !== null) refuseAll(reason);
    else for (const proposal of proposals) answers.push(appendProposal(turn, proposal));
  } else if (state.leader === null) refuseAll("no_leader");
  else if (requestCount(state) + proposals.length > options.limits.requestsMax) {
    refuseAll("overloaded");
  } else {
    for (const { id } of proposals) {
      state.forwarded.set(id, { type: "propose", sinceMs: turn.nowMs });
    }
    send.push({ to: state.leader, message: { type: "propose", term: state.hard.term, proposals } });
  }
}

/** Appends commands that a follower passed on. */
export function proposeFor(turn: Turn, to: NodeId, { proposals }: Of<"propose">): void {
  const { state, send } = turn;
  const { term } = state.hard;
  const reason = reasonToRefuse(turn);
  for (const proposal of proposals) {
    const { id } = proposal;
    if (reason !== null) send.push({ to, message: { type: "refused", term, id, reason } });
    else {
      const { position } = appendProposal(turn, proposal);
      send.push({ to, message: { type: "proposed", term, id, position } });
    }
  }
}

/** Takes the leader's word for a command that was passed on. */
export function noteProposed(turn: Turn, { id, position }: Of<"proposed">): void {
  if (!turn.state.forwarded.delete(id)) return;
  turn.answers.push({ type: "proposed", id, position });
}

/** Takes the leader's no to what was passed on. */
export function noteRefused(turn: Turn, { id, reason }: Of<"refused">): void {
  if (turn.state.forwarded.delete(id)) refuse(turn, id, reason);
}

/**
 * Gives up what was passed on so long ago that it must be lost: else losses would
 * fill the room for requests, under a leader that stays. O(what is given up).
 */
export function giveUpForwarded(turn: Turn): void {
  const { options, state, nowMs } = turn;
  for (const [id, { sinceMs }] of state.forwarded) {
    if (nowMs - sinceMs < options.electionMs * forwardElectionsMax) return;
    state.forwarded.delete(id);
    refuse(turn, id, "lost");
  }
}

/** Appends a new membership. */
export function change(turn: Turn, id: RequestId, wanted: MembershipChange): void {
  const { state, answers } = turn;
  if (state.role !== "leader") refuse(turn, id, "not_leader");
  else if (!mayChange(turn)) refuse(turn, id, "change_pending");
  else if (leadingOf(turn).transfer !== null) refuse(turn, id, "transferring");
  else {
    const membership = membershipAfter(membershipIn(state.log).membership, wanted);
    if (typeof membership === "string") refuse(turn, id, membership);
    else {
      const position = appendOwn(turn, { type: "membership", membership });
      answers.push({ type: "proposed", id, position });
    }
  }
}

/** Begins to make room for another leader. No command is taken meanwhile, for `electionMs` at most. */
export function transfer(turn: Turn, id: RequestId, to: NodeId): void {
  const { options, state, nowMs } = turn;
  const { voters } = membershipIn(state.log).membership;
  if (state.role !== "leader") refuse(turn, id, "not_leader");
  else if (to === options.id || !voters.includes(to)) refuse(turn, id, "not_eligible");
  else if (leadingOf(turn).transfer !== null) refuse(turn, id, "transferring");
  else leadingOf(turn).transfer = { to, sinceMs: nowMs, isAsked: false };
}

/** Asks the next leader to campaign once it holds all of the log; gives up after `electionMs`. */
export function driveTransfer(turn: Turn): void {
  const { options, state, nowMs } = turn;
  const leading = leadingOf(turn);
  const { transfer: wanted } = leading;
  if (wanted === null) return;
  if (nowMs - wanted.sinceMs >= options.electionMs) {
    leading.transfer = null;
    return;
  }
  if (wanted.isAsked || leading.peers.get(wanted.to)?.match !== lastOf(state.log).index) return;
  wanted.isAsked = true;
  leading.isLeaseVoid = true;
  const term: Term = state.hard.term;
  turn.send.push({ to: wanted.to, message: { type: "timeout_now", term } });
}

function reasonToRefuse(turn: Turn): Refusal | null {
  const { transfer: wanted, uncommittedBytes } = leadingOf(turn);
  if (wanted !== null) return "transferring";
  return uncommittedBytes >= turn.options.limits.uncommittedBytesMax ? "overloaded" : null;
}

function appendProposal(turn: Turn, { id, data }: Proposal) {
  const position = appendOwn(turn, { type: "command", data });
  return { type: "proposed", id, position } as const;
}
