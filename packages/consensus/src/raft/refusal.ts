// Why something that was asked for was not done.

import type { MembershipRefusal } from "./membership.ts";

/** Why something that was asked for was not done. */
export type Refusal =
  /** Nobody is known to lead; try again. */
  | "no_leader"
  /** Only a leader can do it. */
  | "not_leader"
  /** Too much waits to be committed, or to be confirmed; try again with a back-off. */
  | "overloaded"
  /** The leader is making room for another; try again. */
  | "transferring"
  /** The leader changed, or does not answer, or this node leads no more: a proposal may be committed, or not. */
  | "lost"
  /** Another change of the membership, or the leader's first entry, is not committed yet. */
  | "change_pending"
  /** Who shall lead is no voter, or leads. */
  | "not_eligible"
  | MembershipRefusal;

/** All of them, in the order of their numbers on the wire. */
export const refusals: readonly Refusal[] = [
  ...(["no_leader", "not_leader", "overloaded", "transferring", "lost"] as const),
  ...(["change_pending", "not_eligible"] as const),
  ...(["no_voter_left", "already_joint", "not_joint", "too_many_members"] as const),
];
