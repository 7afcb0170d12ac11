// The nouns of Raft: who, when, what is agreed upon, and what must survive a crash.

import type { Membership } from "./membership.ts";

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

/** What an entry carries. */
export type Payload =
  /** Nothing: what a leader begins its term with. */
  | { readonly type: "empty" }
  /** What the state machine is told; opaque here. */
  | { readonly type: "command"; readonly data: Uint8Array }
  /** Who decides from this entry on. The whole membership, not a difference. */
  | { readonly type: "membership"; readonly membership: Membership };

/** One agreed step, once it is committed. Never changes. */
export interface Entry extends Position {
  readonly payload: Payload;
}

/** What must survive a crash beside the log. */
export interface HardState {
  /** The highest term this node has seen. */
  readonly term: Term;
  /** The candidate this node voted for in `term`, or null. */
  readonly vote: NodeId | null;
}

/** Where a log begins: the last entry that was dropped from it, and who decided there. */
export interface Base extends Position {
  readonly membership: Membership;
}

/** What is known of a copy of the state machine; its bytes are the driver's. */
export interface Snapshot extends Base {
  /** Names the bytes: two snapshots of one name are equal to the byte, whoever made them. */
  readonly name: string;
}

/** A snapshot of which this node holds the first `offset` bytes. */
export interface PartialSnapshot {
  readonly snapshot: Snapshot;
  readonly offset: number;
}

/** What a node is doing in the present term. A learner is a follower that is no voter. */
export type Role = "follower" | "pre_candidate" | "candidate" | "leader";

/** Before the first entry. */
export const origin: Position = { index: 0 as Index, term: 0 as Term };

/** Bytes that each entry counts for beside its payload: its place, its kind, its frame. */
const entryOverheadBytes = 32;

/** About how many bytes an entry takes in memory, on disk and on the wire. O(members). */
export function entrySizeBytes({ payload }: Entry): number {
  switch (payload.type) {
    case "empty":
      return entryOverheadBytes;
    case "command":
      return entryOverheadBytes + payload.data.length;
    case "membership": {
      const { voters, outgoing, learners, learnersNext } = payload.membership;
      const names = [...voters, ...outgoing, ...learners, ...learnersNext];
      return names.reduce((sum, name) => sum + name.length, entryOverheadBytes);
    }
  }
}
