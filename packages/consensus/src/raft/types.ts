// The nouns of Raft: who, when, where.

/** A replica. Chosen by the operator; never reused for another disk, even after removal. */
export type NodeId = string & { readonly __brand: "NodeId" };

/** An election epoch. Starts at 0 and never decreases. */
export type Term = number & { readonly __brand: "Term" };

/** A place in the log. The first entry has 1; 0 stands for "before the first". */
export type Index = number & { readonly __brand: "Index" };

/**
 * Names what the driver asked for, so that it knows the answer again. Chosen by
 * the driver, and never used twice by a node, not even after a restart: an answer
 * to a question of before the crash would pass for one to a later question.
 */
export type RequestId = number & { readonly __brand: "RequestId" };

/** Names a request to persist. Counts up from 1 in the life of a machine. */
export type PersistId = number & { readonly __brand: "PersistId" };

/** An entry's place and the term it was made in. Two logs that share one are equal up to it. */
export interface Position {
  readonly index: Index;
  readonly term: Term;
}

/** What must survive a crash beside the log. */
export interface HardState {
  /** The highest term this node has seen. */
  readonly term: Term;
  /** The candidate this node voted for in `term`, or null. */
  readonly vote: NodeId | null;
}

/** What a node is doing in the present term. A learner is a follower that is no voter. */
export type Role = "follower" | "pre_candidate" | "candidate" | "leader";

/** Before the first entry. */
export const origin: Position = { index: 0 as Index, term: 0 as Term };
