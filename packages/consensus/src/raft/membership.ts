// Who decides: voters, learners, and the passage from one set of voters to the next.
//
//   simple --enter--> joint (both majorities decide) --leave--> simple
//
// A change that moves one voter may be made in one step, since majorities of sets
// that differ in one member share a node. Any other goes through a joint
// membership, in which a decision needs a majority of the old voters and one of
// the new.
//
// A membership is in force where it stands in the log, committed or not. So which
// one that is depends on nothing but the log, on every node alike, and a log that
// is cut back takes it back. What was rejected: to let it count only once it is
// applied, as etcd does. It needs guards against two unapplied ones, and against
// candidates that have yet to apply what they know.
//
// Invariants:
//   M1  No node is in two of `voters`, `learners`; who is in `learnersNext` is in
//       `outgoing`; there is always a voter.
//   M2  A membership and its successor have no two disjoint quorums.
//
// Source: Ongaro 2014 (thesis), section 4; the joint form with learners after
// etcd's. Departure: entries carry the whole membership, not the difference.

import type { NodeId } from "./types.ts";

/** Who decides, and who listens. Lists are sorted by code unit, without doubles. */
export interface Membership {
  /** Who decides. While `outgoing` is not empty: the voters of the time after. */
  readonly voters: readonly NodeId[];
  /** The voters of the time before, where the membership is joint; else empty. */
  readonly outgoing: readonly NodeId[];
  /** Who gets the log, and decides nothing. They vote when asked: their log may decide. */
  readonly learners: readonly NodeId[];
  /** Voters of the time before that become learners when the joint membership is left. */
  readonly learnersNext: readonly NodeId[];
  /** Whether the leader leaves the joint membership by itself, once it is committed. */
  readonly leavesItself: boolean;
}

/** One node's part in a change. */
export interface MembershipStep {
  readonly type: "add_voter" | "add_learner" | "remove";
  readonly node: NodeId;
}

/** What an operator may ask for. */
export type MembershipChange =
  | {
      readonly type: "steps";
      /** Carried out in order, as one. */
      readonly steps: readonly MembershipStep[];
      /**
       * `short`: in one step where that is safe, else through a joint membership.
       * `joint`: through one in any case. `paused`: through one that stays until
       * somebody asks to leave it.
       */
      readonly passage: "short" | "joint" | "paused";
    }
  /** Leave a joint membership. */
  | { readonly type: "leave" };

/** Why a change can't be made upon a membership. */
export type MembershipRefusal =
  | "no_voter_left"
  | "already_joint"
  | "not_joint"
  | "too_many_members";

/** Most nodes of a membership, of all kinds. */
export const membersMax = 64;

/** A membership of these voters, and learners. O(n log n). */
export function membershipOf(
  voters: readonly NodeId[],
  learners: readonly NodeId[] = [],
): Membership {
  return {
    voters: sorted(voters),
    outgoing: [],
    learners: sorted(learners),
    learnersNext: [],
    leavesItself: false,
  };
}

/** Whether two sets of voters decide. */
export function isJoint({ outgoing }: Membership): boolean {
  return outgoing.length > 0;
}

/** Whether `node` has a say in either set of voters. */
export function isVoter({ voters, outgoing }: Membership, node: NodeId): boolean {
  return voters.includes(node) || outgoing.includes(node);
}

/** All who get the log, sorted. */
export function membersOf({ voters, outgoing, learners }: Membership): readonly NodeId[] {
  return sorted([...voters, ...outgoing, ...learners]);
}

/** Whether those for whom `says` is true can decide. O(voters). */
export function hasQuorum(membership: Membership, says: (node: NodeId) => boolean): boolean {
  return halves(membership).every((half) => half.filter(says).length * 2 > half.length);
}

/** The greatest number that a quorum reaches. O(voters log voters). */
export function quorumValue(membership: Membership, numberOf: (node: NodeId) => number): number {
  const values = halves(membership).map((half) => {
    const descending = half.map(numberOf).sort((left, right) => right - left);
    return descending[Math.floor(half.length / 2)]!;
  });
  return Math.min(...values);
}

/** The membership that `change` leads to, or why it can't be made. O(members log members). */
export function membershipAfter(
  membership: Membership,
  change: MembershipChange,
): Membership | MembershipRefusal {
  if (change.type === "leave") return isJoint(membership) ? afterJoint(membership) : "not_joint";
  if (isJoint(membership)) return "already_joint";
  const voters = new Set(membership.voters);
  const learners = new Set(membership.learners);
  for (const { type, node } of change.steps) {
    voters.delete(node);
    learners.delete(node);
    if (type === "add_voter") voters.add(node);
    if (type === "add_learner") learners.add(node);
  }
  if (voters.size === 0) return "no_voter_left";
  const next = membershipOf([...voters], [...learners]);
  const isOneStep = change.passage === "short" && moves(membership, next) <= 1;
  const after = isOneStep ? next : joined(membership, next, change.passage !== "paused");
  return membersOf(after).length > membersMax ? "too_many_members" : after;
}

/** The membership that follows a joint one. */
export function afterJoint({ voters, learners, learnersNext }: Membership): Membership {
  return membershipOf(voters, [...learners, ...learnersNext]);
}

function halves({ voters, outgoing }: Membership): readonly (readonly NodeId[])[] {
  return outgoing.length === 0 ? [voters] : [voters, outgoing];
}

// How many voters come and go. One for another is two moves: the majorities of {a} and
// {b} share nobody.
function moves(before: Membership, after: Membership): number {
  const left = before.voters.filter((node) => !after.voters.includes(node)).length;
  return left + after.voters.filter((node) => !before.voters.includes(node)).length;
}

function joined(before: Membership, after: Membership, leavesItself: boolean): Membership {
  const outgoing = before.voters;
  return {
    voters: after.voters,
    outgoing,
    learners: after.learners.filter((node) => !outgoing.includes(node)),
    learnersNext: after.learners.filter((node) => outgoing.includes(node)),
    leavesItself,
  };
}

function sorted(nodes: readonly NodeId[]): readonly NodeId[] {
  return [...new Set(nodes)].sort();
}
