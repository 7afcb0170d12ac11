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
