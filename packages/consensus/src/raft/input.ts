// Everything that can happen to a node.

import type { MembershipChange } from "./membership.ts";
import type { Message, Proposal } from "./message.ts";
import type { Index, NodeId, PersistId, RequestId } from "./types.ts";

/** Everything that can happen to a node. There is no other way in. */
export type Input =
  /**
   * Time passed; needed at least once each `heartbeatMs`. `jitterMs` is drawn
   * anew by the driver for each tick, evenly from 0 to `electionMs`: the first
   * one after an election timer starts is added to it.
   */
  | { readonly type: "tick"; readonly jitterMs: number }
  /**
   * This node did nothing for the last `ms`: it was not given a processor, or was
   * stopped. What it did not hear meanwhile nobody failed to say. Comes before the tick
   * that comes late.
   */
  | { readonly type: "stood_still"; readonly ms: number }
  | { readonly type: "message"; readonly from: NodeId; readonly message: Message }
  /** This request, and all before it, are durable. */
  | { readonly type: "persisted"; readonly id: PersistId }
  /** The state machine holds everything that was handed out through `index`. */
  | { readonly type: "applied"; readonly index: Index }
  /** Append these commands, as one, to the log; a follower passes them on to the leader. */
  | { readonly type: "propose"; readonly proposals: readonly Proposal[] }
  /** Find out from where on a read is linearizable; a follower asks its leader. */
  | { readonly type: "read"; readonly id: RequestId }
  /** Change who decides. Leaders only. Answered as a proposal is. */
  | { readonly type: "change"; readonly id: RequestId; readonly change: MembershipChange }
  /** Make `to` the leader. Leaders only. Answered only where it is refused: whether it came about shows by who leads. */
  | { readonly type: "transfer"; readonly id: RequestId; readonly to: NodeId }
  /** Campaign now, as if the election timeout had passed. Ignored by who owes it to a leader not to, where leases are in use. */
  | { readonly type: "campaign" }
  /** Tell peers of what was committed, where nothing else told them since; see `tellsAtOnce`. */
  | { readonly type: "tell" }
  /** Forget who leads, so that others may be voted for at once. Ignored where leases are in use. */
  | { readonly type: "forget_leader" }
  /** The connection to `peer` broke: what was sent to it may be lost. */
  | { readonly type: "unreachable"; readonly peer: NodeId }
  /**
   * A snapshot of the state machine as of `index`, which is applied, is durable
   * under `name`: keep no entry through `through`, which is at most `index`.
   */
  | {
      readonly type: "compact";
      readonly index: Index;
      readonly name: string;
      readonly through: Index;
    }
  /** A piece of a snapshot that was asked for; `bytes` is null where it is there no more. */
  | {
      readonly type: "chunk";
      readonly to: NodeId;
      readonly name: string;
      readonly offset: number;
      readonly bytes: Uint8Array | null;
      readonly isLast: boolean;
    };
