// What a node of a cluster takes and gives as a store.

import type {
  CompactionLimits,
  Index,
  Membership,
  NodeId,
  RaftStatus,
  Replica,
  ReplicaEvent,
  ReplicaTiming,
} from "@holdfast/consensus";
import type { HoldfastError } from "@holdfast/std";
import type { Listener, World } from "@holdfast/world";
import type { Engine } from "../../engine.ts";
import type { HistoryOptions } from "../../history/history_keeper.ts";
import type { CommitVersion, LocalStore } from "../../store.ts";
import type { CheckLimits, StateCheck } from "./checker.ts";

/** What `openRaftStore` takes. */
export interface RaftStoreOptions {
  readonly world: World;
  /** This node; never used again for another disk. */
  readonly node: NodeId;
  /** The name of the cluster; nodes of another are refused. */
  readonly cluster: string;
  /** Who began the cluster; the same on every node that did. Null for one that joins. */
  readonly bootstrap: Membership | null;
  /** As in `ReplicaOptions`; so are the two that follow. */
  readonly address?: string;
  readonly addressOf: (node: NodeId, known: string | null) => string | null;
  readonly hostOf?: (address: string) => string | null;
  /** Takes the connections of the other nodes; becomes the store's. */
  readonly listener: Listener;
  /** Where the log lies; made where it is missing. */
  readonly folder: string;
  /** Opens what keeps the rows, in a folder of its own; becomes the store's. */
  readonly openRows: () => Promise<Engine>;
  readonly timing: ReplicaTiming;
  /** How long the log grows; `defaultCompaction` where it is absent. */
  readonly compaction?: CompactionLimits;
  /** How often rows are compared; the same on all nodes; `defaultChecks` where it is absent. */
  readonly checks?: CheckLimits;
  /**
   * How much history all nodes keep of what is decided while this one leads; none unless
   * given. The same on all nodes: where one leads that keeps none, the history ends.
   */
  readonly history?: HistoryOptions;
  /** Hears what happens to the replica. Must not throw. */
  readonly onEvent?: (event: ReplicaEvent) => void;
  /** Hears what each comparison of rows came to. Must not throw. */
  readonly onCheck?: (check: StateCheck) => void;
}

/** Where a node of a cluster is. */
export interface RaftStoreStatus {
  readonly raft: RaftStatus;
  /** The newest version that is applied here. */
  readonly version: CommitVersion;
  /** The rows are durable through this entry of the log. */
  readonly durable: Index;
  /** What the last comparison of rows came to that this node took part in; null before. */
  readonly check: StateCheck | null;
}

/**
 * A store of a cluster, as one node sees it. Its rows and its history are those of this node
 * after a barrier: so of all that was acknowledged before, wherever. What is held grows by
 * what is written meanwhile on this node alone. Besides what others throw, `unavailable`
 * where nobody leads.
 */
export interface RaftStore extends LocalStore {
  readonly status: RaftStoreStatus;
  /** Changes who decides, and hands leadership over; see there. */
  readonly replica: Pick<Replica, "change" | "transfer" | "order">;
  /** Resolves when this node takes part no more: null once it is closed, else why; `corrupt` where its rows are not those of the others. */
  readonly ended: Promise<HoldfastError | null>;
}
