// What travels between nodes.

import type { Entry, Snapshot } from "./entry.ts";
import type { Refusal } from "./refusal.ts";
import type { Index, NodeId, Position, RequestId, Term } from "./types.ts";

/** A command on its way into the log. */
export interface Proposal {
  readonly id: RequestId;
  readonly data: Uint8Array;
}

/**
 * What travels between nodes; may be lost, repeated, delayed or reordered. `term`
 * is the sender's, but where said otherwise. Plain values; nobody changes them.
 */
export type Message =
  /** Would you vote for me in the term after mine? Binds nobody. */
  | { readonly type: "pre_vote_request"; readonly term: Term; readonly last: Position }
  /** `term` is that of the request where granted. */
  | { readonly type: "pre_vote_reply"; readonly term: Term; readonly granted: boolean }
  | {
      readonly type: "vote_request";
      readonly term: Term;
      readonly last: Position;
      /** Whether the leader itself asked for this election: then its followers' promise to it is void. */
      readonly isTransfer: boolean;
    }
  | { readonly type: "vote_reply"; readonly term: Term; readonly granted: boolean }
  /** The entries after `previous`, in order. */
  | {
      readonly type: "append";
      readonly term: Term;
      readonly previous: Position;
      readonly entries: readonly Entry[];
      readonly committed: Index;
    }
  /** The sender holds durably what the leader of `term` has through `match`. */
  | { readonly type: "append_reply"; readonly term: Term; readonly match: Index }
  /** The sender has nothing that agrees with the entry at `rejected`; at `hint` it may. */
  | {
      readonly type: "append_rejection";
      readonly term: Term;
      readonly rejected: Index;
      readonly hint: Position;
    }
  | {
      readonly type: "heartbeat";
      readonly term: Term;
      readonly committed: Index;
      /** The number of the latest round that confirms reads. Echoed. */
      readonly round: number;
      /** The leader's clock when it sent this. Echoed, and read by nobody else. */
      readonly sentMs: number;
    }
  | {
      readonly type: "heartbeat_reply";
      readonly term: Term;
      readonly round: number;
      readonly sentMs: number;
    }
  /** You lead no more: `term` is later than that of what you sent. */
  | { readonly type: "outdated"; readonly term: Term }
  /** A piece of a snapshot. */
  | {
      readonly type: "install";
      readonly term: Term;
      readonly snapshot: Snapshot;
      readonly offset: number;
      readonly bytes: Uint8Array;
      readonly isLast: boolean;
    }
  /** The sender holds durably the first `offset` bytes of the snapshot of that name. */
  | {
      readonly type: "install_reply";
      readonly term: Term;
      readonly name: string;
      readonly offset: number;
    }
  /** Campaign at once: the leader makes room for you. */
  | { readonly type: "timeout_now"; readonly term: Term }
  | { readonly type: "propose"; readonly term: Term; readonly proposals: readonly Proposal[] }
  | {
      readonly type: "proposed";
      readonly term: Term;
      readonly id: RequestId;
      readonly position: Position;
    }
  | { readonly type: "read_request"; readonly term: Term; readonly id: RequestId }
  | {
      readonly type: "read_reply";
      readonly term: Term;
      readonly id: RequestId;
      readonly index: Index;
    }
  | {
      readonly type: "refused";
      readonly term: Term;
      readonly id: RequestId;
      readonly reason: Refusal;
    };

/** A message and where it goes. */
export interface Envelope {
  /** The receiver. Never the sender itself. */
  readonly to: NodeId;
  readonly message: Message;
}
