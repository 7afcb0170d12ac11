// How a replica is to run, and what it tells of itself.

import type { HoldfastError } from "@holdfast/std";
import type { Listener, World } from "@holdfast/world";
import type { Membership } from "../raft/membership.ts";
import type { RaftLimits } from "../raft/state.ts";
import type { Index, NodeId, Role, Term } from "../raft/types.ts";
import type { StateMachine } from "./state_machine.ts";

/** The times by which a replica goes; equal on all nodes of a cluster. See `RaftOptions`. */
export interface ReplicaTiming {
  readonly electionMs: number;
  readonly heartbeatMs: number;
  readonly leaseMs: number | null;
}

/** For nodes in one place. Reads ask a quorum. */
export const defaultTiming: ReplicaTiming = { electionMs: 500, heartbeatMs: 100, leaseMs: null };

/** When the log is cut, and what is left of it. */
export interface CompactionLimits {
  /** It is cut when so many bytes of it, or so many entries, are held durably by the state machine. */
  readonly sizeBytes: number;
  readonly count: number;
  /** What is left of it for peers that are behind: others are sent a snapshot. */
  readonly keptSizeBytes: number;
  readonly keptCount: number;
  /** A file of the log has about this many; files go as wholes. */
  readonly segmentSizeBytes: number;
}

/** For a log that is read in seconds when a replica begins. */
export const defaultCompaction: CompactionLimits = {
  sizeBytes: 16_777_216,
  count: 20_000,
  keptSizeBytes: 4_194_304,
  keptCount: 5_000,
  segmentSizeBytes: 16_777_216,
};

/** What happened to a replica. */
export type ReplicaEvent =
  | {
      readonly type: "role";
      readonly role: Role;
      readonly term: Term;
      readonly leader: NodeId | null;
    }
  | { readonly type: "connected"; readonly peer: NodeId }
  /** Somebody else is there, or this node is none that it looks for. */
  | { readonly type: "refused"; readonly remote: string; readonly reason: string }
  | { readonly type: "restored"; readonly index: Index }
  | { readonly type: "stopped"; readonly error: HoldfastError };

/** What {@link Replica.open} takes. */
export interface ReplicaOptions {
  readonly world: World;
  readonly id: NodeId;
  /** The name of the cluster. */
  readonly cluster: string;
  /** Where the log lies; made where it is missing. */
  readonly folder: string;
  /**
   * The first membership of the cluster, for a folder that is new; the same on all nodes
   * that begin it. Null for a node that joins a cluster: it waits until it is added.
   */
  readonly bootstrap: Membership | null;
  /** Where this node listens, in words for the others' {@link addressOf}; nowhere where it is absent. */
  readonly address?: string;
  /** What to dial for a node; `known` is what the members know of where it listens. Null where that is not known. */
  readonly addressOf: (node: NodeId, known: string | null) => string | null;
  /** The host of what {@link addressOf} gave, for connections whose other end proves its name. */
  readonly hostOf?: (address: string) => string | null;
  /** Takes the connections of peers; becomes the replica's. */
  readonly listener: Listener;
  /** Stays the caller's. */
  readonly machine: StateMachine;
  readonly timing: ReplicaTiming;
  readonly limits?: RaftLimits;
  /** How much of the log is kept. */
  readonly compaction?: CompactionLimits;
  /** Answers calls of other nodes. What it throws is told to nobody but {@link onEvent}'s caller: the call fails. */
  readonly onCall?: (from: NodeId, request: Uint8Array) => Promise<Uint8Array>;
  /** Hears of each event, at once. Must not throw. */
  readonly onEvent?: (event: ReplicaEvent) => void;
}
