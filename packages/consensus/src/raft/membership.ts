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
//   M3  Seats are of members; who leaves loses its seat.
//
// A node that joins does not know who began the cluster: until its log has a membership,
// the one at its base is `unknownMembership`, in which nobody decides anything.
//
// Source: Ongaro 2014 (thesis), section 4; the joint form with learners after
// etcd's. Departure: entries carry the whole membership, not the difference.

import type { NodeId } from "./types.ts";

/** What the members know of one of them, beside its part. */
export interface Seat {
  readonly node: NodeId;
  /** Where it listens for the others, in words that the driver understands; null where that is not known. */
  readonly address: string | null;
  /** Names its disk, once it was heard: a node of the same name with another disk is another node. */
  readonly disk: string | null;
  /** For a learner that joins: the member whose place it takes when it becomes a voter. */
  readonly replaces: NodeId | null;
}

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
  /** By node; at most one for each member. */
  readonly seats: readonly Seat[];
}

/** One node's part in a change. Who stays keeps its seat, unless another is given. */
export type MembershipStep =
  | {
      readonly type: "add_voter" | "add_learner";
      readonly node: NodeId;
      readonly seat?: Omit<Seat, "node">;
    }
  | { readonly type: "remove"; readonly node: NodeId };

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
  | { readonly type: "leave" }
  /** Note what is known of members; who is none is left out. Nobody's part changes. */
  | { readonly type: "seats"; readonly seats: readonly Seat[] };

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
  seats: readonly Seat[] = [],
): Membership {
  const membership: Membership = {
    voters: sorted(voters),
    outgoing: [],
    learners: sorted(learners),
    learnersNext: [],
    leavesItself: false,
    seats: [],
  };
  return { ...membership, seats: seatsOf(membership, seats) };
}

/** What a node that joins knows of the members before its log says more: nothing. */
export const unknownMembership: Membership = membershipOf([]);

/** Whether it is {@link unknownMembership}. */
export function isUnknown({ voters }: Membership): boolean {
  return voters.length === 0;
}

/** What is known of `node`; null where that is nothing. O(seats). */
export function seatOf({ seats }: Membership, node: NodeId): Seat | null {
  return seats.find((seat) => seat.node === node) ?? null;
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
  if (change.type === "seats") {
    return { ...membership, seats: seatsOf(membership, [...membership.seats, ...change.seats]) };
  }
  const voters = new Set(membership.voters);
  const learners = new Set(membership.learners);
  const seats = [...membership.seats];
  for (const step of change.steps) {
    const { type, node } = step;
    voters.delete(node);
    learners.delete(node);
    if (type === "add_voter") voters.add(node);
    if (type === "add_learner") learners.add(node);
    if (type !== "remove" && step.seat !== undefined) seats.push({ node, ...step.seat });
  }
  if (voters.size === 0) return "no_voter_left";
  const next = membershipOf([...voters], [...learners], seats);
  const isOneStep = change.passage === "short" && moves(membership, next) <= 1;
  const after = isOneStep ? next : joined(membership, next, change.passage !== "paused");
  return membersOf(after).length > membersMax ? "too_many_members" : after;
}

/** The membership that follows a joint one. */
export function afterJoint({ voters, learners, learnersNext, seats }: Membership): Membership {
  return membershipOf(voters, [...learners, ...learnersNext], seats);
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
  const membership: Membership = {
    voters: after.voters,
    outgoing,
    learners: after.learners.filter((node) => !outgoing.includes(node)),
    learnersNext: after.learners.filter((node) => outgoing.includes(node)),
    leavesItself,
    seats: [],
  };
  return { ...membership, seats: seatsOf(membership, [...before.seats, ...after.seats]) };
}

// Of several for one node, the last counts.
function seatsOf(membership: Membership, seats: readonly Seat[]): readonly Seat[] {
  const byNode = new Map(seats.map((seat) => [seat.node, seat] as const));
  return membersOf(membership).flatMap((node) => byNode.get(node) ?? []);
}

function sorted(nodes: readonly NodeId[]): readonly NodeId[] {
  return [...new Set(nodes)].sort();
}
