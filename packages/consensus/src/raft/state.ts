// All that a node knows, as one plain record, and what one step has to do with it.
//
// The functions of this folder change it in place, during a step. It is data, and
// not a graph of objects, so that whoever explores all states can copy, compare and
// print them.

import { HoldfastError } from "@holdfast/std";
import type { Base, Entry, PartialSnapshot, Snapshot } from "./entry.ts";
import { type Log, logFrom } from "./log.ts";
import { isUnknown, membersMax, membersOf } from "./membership.ts";
import type { Envelope } from "./message.ts";
import type { Answer, ChunkRead, PersistRequest } from "./output.ts";
import type { Peer, Window } from "./peer.ts";
import type { HardState, Index, NodeId, PersistId, RequestId, Role } from "./types.ts";

/** How much of anything there may be. */
export interface RaftLimits extends Window {
  /** Bytes of entries in one message, but for one entry that is larger. */
  readonly appendBytesMax: number;
  /** Bytes of a leader's entries that are not committed, but for the last proposal. */
  readonly uncommittedBytesMax: number;
  /** Bytes of entries that are handed out and not applied, but for the last one. */
  readonly applyBytesMax: number;
  /** Requests that were passed on, or wait to be confirmed, or to be applied. */
  readonly requestsMax: number;
}

/** Limits for a cluster in one place. */
export const defaultLimits: RaftLimits = {
  windowMessages: 256,
  windowBytes: 4_194_304,
  appendBytesMax: 1_048_576,
  uncommittedBytesMax: 33_554_432,
  applyBytesMax: 8_388_608,
  requestsMax: 65_536,
};

/** How a node is to behave. Every field is required: defaults hide decisions. All nodes' times must be equal. */
export interface RaftOptions {
  readonly id: NodeId;
  /** How long a leader may be silent, at least, before somebody campaigns. */
  readonly electionMs: number;
  /** How often a leader says that it is there. At most a third of `electionMs`. */
  readonly heartbeatMs: number;
  /**
   * How long a leader may answer reads upon one heartbeat that a quorum answered;
   * null where each read asks a quorum. Less than `electionMs`: reads stay
   * linearizable while the clocks of any two nodes run at rates whose ratio is
   * below `electionMs / leaseMs`.
   */
  readonly leaseMs: number | null;
  /**
   * Whether peers are told of each commit at once, in a message of its own. Else they hear
   * of it with the next entries, with a read that waits for it, at the next tick, or upon `tell`.
   */
  readonly tellsAtOnce: boolean;
  readonly limits: RaftLimits;
}

/** What was found on disk. */
export interface Saved {
  readonly hard: HardState;
  /** Where the log begins. In a new cluster: index 0, term 0, and who decides; for a node that joins one: `unknownMembership`. */
  readonly base: Base;
  /** What follows base. */
  readonly entries: readonly Entry[];
  /** The snapshot to give out; not before base. Null only where base is 0. */
  readonly snapshot: Snapshot | null;
  /** How far a snapshot that was coming in had got. */
  readonly partial: PartialSnapshot | null;
  /**
   * The last entry that this node may have promised and whose promise it can't keep, since
   * its disk was damaged; null where nothing is lost. It then lies beyond what `entries` holds.
   */
  readonly unsure: Index | null;
  /** Through where the state machine holds everything. Before base: it is restored from `snapshot`. */
  readonly applied: Index;
}

/** What only a leader knows. */
export interface Leading {
  readonly peers: Map<NodeId, Peer>;
  /** The entry with which the term began. */
  readonly first: Index;
  uncommittedBytes: number;
  heartbeatMs: number;
  /** The latest round of heartbeats that confirms reads. */
  round: number;
  /** Reads of the round that is under way, and from where on they are linearizable. */
  confirming: { readonly index: Index; readonly reads: readonly LeaderRead[] } | null;
  /** Reads that came since it began. */
  waiting: LeaderRead[];
  /** Who shall lead next. */
  transfer: { readonly to: NodeId; readonly sinceMs: number; isAsked: boolean } | null;
  /** Whether somebody was told to campaign at once: then no follower's promise counts in this term. */
  isLeaseVoid: boolean;
}

/** A request on its way to the leader. */
export interface Forwarded {
  readonly type: "propose" | "read";
  readonly sinceMs: number;
}

/** A read that a leader confirms, for itself or for another. */
export interface LeaderRead {
  readonly from: NodeId;
  readonly id: RequestId;
}

/** All that a node knows. */
export interface RaftState {
  hard: HardState;
  role: Role;
  leader: NodeId | null;
  /** When a leader was last heard: until `electionMs` later, nobody else is voted for. */
  heardMs: number;
  /** Since when this node waits for a leader, and how long; null until a tick has set it. */
  waitingMs: number;
  timeoutMs: number | null;
  readonly votes: Map<NodeId, boolean>;
  log: Log;
  snapshot: Snapshot | null;
  partial: PartialSnapshot | null;
  /** While it is not null, this node elects nobody: E4. */
  unsure: Index | null;
  leading: Leading | null;
  /** Envelopes that leave when that request is durable, by rising id. */
  held: { readonly after: PersistId; readonly envelope: Envelope }[];
  persistId: PersistId;
  durableId: PersistId;
  /** What was passed on to the leader and not answered, the oldest first. */
  readonly forwarded: Map<RequestId, Forwarded>;
  /** Reads that are confirmed, and wait for what is to be applied. */
  readable: { readonly id: RequestId; readonly index: Index }[];
  /** Bytes that are handed out and not applied. */
  applyingBytes: number;
}

/** One step: what it works on, and what it came to so far. */
export interface Turn {
  readonly options: RaftOptions;
  readonly state: RaftState;
  readonly nowMs: number;
  /** What leaves at once. */
  readonly send: Envelope[];
  /** What leaves when everything up to the end of this step is durable. */
  readonly promises: Envelope[];
  readonly answers: Answer[];
  readonly chunks: ChunkRead[];
  /** Parts of the request to persist that are not found by comparing. */
  chunk: PersistRequest["chunk"];
  install: PersistRequest["install"];
  compact: PersistRequest["compact"];
  healed: boolean;
  /** Peers are told of what was committed, though there may be nothing else to say. */
  tells: boolean;
}

/**
 * A node as it was saved, a follower of nobody.
 *
 * @throws {HoldfastError} `invalid_argument` where the options contradict each
 *   other; `corrupt` where what was saved does.
 */
export function stateFrom(options: RaftOptions, saved: Saved, nowMs: number): RaftState {
  validateOptions(options);
  validateSaved(saved);
  const { hard, base, entries, snapshot, partial, applied } = saved;
  const unsure = saved.unsure === null ? null : (Math.max(saved.unsure, applied) as Index);
  const log = logFrom(base, entries, applied);
  // What is applied was committed; but what is in the log need not be what was applied.
  if (unsure !== null) log.committed = base.index;
  if (snapshot !== null && applied < base.index) log.committed = snapshot.index;
  return {
    hard,
    role: "follower",
    leader: null,
    // A promise to a leader may have been made just before the crash.
    heardMs: options.leaseMs === null ? Number.NEGATIVE_INFINITY : nowMs,
    waitingMs: nowMs,
    timeoutMs: null,
    votes: new Map(),
    log,
    snapshot,
    partial,
    unsure,
    leading: null,
    held: [],
    persistId: 0 as PersistId,
    durableId: 0 as PersistId,
    forwarded: new Map(),
    readable: [],
    applyingBytes: 0,
  };
}

function validateOptions({ electionMs, heartbeatMs, leaseMs, limits }: RaftOptions): void {
  const refuse = (sentence: string): never => {
    throw new HoldfastError("invalid_argument", sentence);
  };
  if (!(heartbeatMs > 0 && electionMs >= heartbeatMs * 3)) {
    refuse(`an election timeout of ${electionMs} ms upon heartbeats each ${heartbeatMs} ms`);
  }
  if (leaseMs !== null && !(leaseMs > 0 && leaseMs < electionMs)) {
    refuse(`a lease of ${leaseMs} ms upon an election timeout of ${electionMs} ms`);
  }
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) refuse(`${name} of ${value}`);
  }
}

function validateSaved({ hard, base, entries, snapshot, unsure, applied }: Saved): void {
  const refuse = (sentence: string): never => {
    throw new HoldfastError("corrupt", sentence);
  };
  const { membership } = base;
  if (isUnknown(membership) && base.index > 0) refuse("a membership without a voter");
  if (membersOf(membership).length > membersMax) refuse(`more than ${membersMax} members`);
  let last: { readonly index: number; readonly term: number } = base;
  for (const entry of entries) {
    if (entry.index !== last.index + 1) refuse(`entry ${entry.index} after ${last.index}`);
    if (entry.term < last.term) refuse(`term ${entry.term} after ${last.term}`);
    last = entry;
  }
  if (last.term > hard.term) refuse(`an entry of term ${last.term} in term ${hard.term}`);
  if (unsure === null && applied > last.index)
    refuse(`applied ${applied} of ${last.index} entries`);
  if (snapshot === null ? base.index > 0 : snapshot.index < base.index) {
    refuse(`no snapshot of what was dropped, through ${base.index}`);
  }
  if (snapshot !== null && snapshot.index > last.index) refuse("a snapshot beyond the log");
}
