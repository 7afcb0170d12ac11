// What the driver must do after each step.

import type { Base, Entry, Snapshot } from "./entry.ts";
import type { Envelope } from "./message.ts";
import type { Refusal } from "./refusal.ts";
import type { HardState, Index, NodeId, PersistId, Position, RequestId } from "./types.ts";

/**
 * What to make durable, all of it or nothing, in this order of its fields. Requests
 * are carried out in the order of their ids; several may be under way. After a
 * crash, a prefix of them is there.
 */
export interface PersistRequest {
  readonly id: PersistId;
  /** Replaces the one before; null when unchanged. */
  readonly hard: HardState | null;
  /** A piece of a snapshot that comes in; at offset 0 it begins a new one. */
  readonly chunk: {
    readonly snapshot: Snapshot;
    readonly offset: number;
    readonly bytes: Uint8Array;
  } | null;
  /** The snapshot whose pieces are all there takes the place of the whole log. */
  readonly install: Snapshot | null;
  /** The log begins after `base` from now on, and `snapshot` is the one to give out. */
  readonly compact: { readonly snapshot: Snapshot; readonly base: Base } | null;
  /** What was lost of the log is there again: `unsure` of what is saved is null from now on. */
  readonly healed: boolean;
  /** Consecutive. The log is cut before the first, then they are appended. */
  readonly entries: readonly Entry[];
}

/** What became of something that was asked for. A request that got lost between nodes has no answer. */
export type Answer =
  /**
   * It stands in the leader's log. It is agreed upon if the entry that is handed
   * out at this index has this term; if it has another, it never will be.
   */
  | { readonly type: "proposed"; readonly id: RequestId; readonly position: Position }
  /** What is applied, which is through `index` at least, is linearizable for this read. */
  | { readonly type: "read"; readonly id: RequestId; readonly index: Index }
  | { readonly type: "refused"; readonly id: RequestId; readonly reason: Refusal };

/** A piece of a snapshot that a peer needs; answered by an input `chunk`. */
export interface ChunkRead {
  readonly to: NodeId;
  readonly snapshot: Snapshot;
  readonly offset: number;
}

/**
 * What the driver must now do:
 *
 * 1. Begin to make `persist` durable, after all requests before it; when it is,
 *    feed `persisted`. A failure must end the node.
 * 2. Hand `send` to the network, without waiting for 1: what may not leave before
 *    something is durable is not in it yet.
 * 3. Bring the state machine to `restore`, then apply `committed` in order, each
 *    once; feed `applied`. Both are durable by then, so neither waits for 1.
 * 4. Pass on `answers`. A read must see what was applied when it is passed on.
 * 5. Read each of `chunks`, and feed `chunk`.
 *
 * Persisting, sending and applying may run side by side, and the next input may be
 * fed meanwhile. Only the orders within 1 and within 3 count.
 */
export interface Output {
  readonly persist: PersistRequest | null;
  readonly send: readonly Envelope[];
  readonly restore: Snapshot | null;
  readonly committed: readonly Entry[];
  readonly answers: readonly Answer[];
  readonly chunks: readonly ChunkRead[];
}
