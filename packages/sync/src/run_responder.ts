// The serving side of a session on a World.

import type { DocumentId } from "@holdfast/doc";
import type { Clock, Connection } from "@holdfast/world";
import type { SessionId, StoreName } from "./frame.ts";
import type { Holdings } from "./holdings.ts";
import type { PresenceHub } from "./presence.ts";
import type { SessionEnd } from "./session.ts";

/** What a principal may ask to do with a document. */
export type AccessAction = "read" | "write";

/** Who may do what. */
export interface Access<Principal> {
  /**
   * Finds out who presents `credential`, at most `credentialSizeBytesMax` bytes, perhaps none.
   *
   * @throws {HoldfastError} `unauthenticated`; the connection is closed with it.
   */
  authenticate(credential: Uint8Array): Promise<Principal>;
  /** Asked for `read` and for `write` when a document is opened. */
  authorize(principal: Principal, document: DocumentId, action: AccessAction): Promise<boolean>;
}

/** What happens in a session, for counters and logs. */
export type ResponderEvent =
  | { readonly type: "welcomed"; readonly software: string }
  | { readonly type: "document_opened"; readonly document: DocumentId }
  | { readonly type: "document_closed"; readonly document: DocumentId }
  | { readonly type: "bundle_received"; readonly document: DocumentId; readonly sizeBytes: number }
  | { readonly type: "bundle_sent"; readonly document: DocumentId; readonly sizeBytes: number }
  | {
      readonly type: "refused";
      readonly document: DocumentId;
      readonly code: string;
      readonly sentence: string;
    };

/** Options for {@link runResponder}. */
export interface ResponderOptions<Principal> {
  readonly clock: Clock;
  /** Becomes the session's own: nobody else may use it. */
  readonly connection: Connection;
  readonly holdings: Holdings;
  readonly access: Access<Principal>;
  readonly presence: PresenceHub;
  readonly store: StoreName;
  /** From 1, different for each session of the process. */
  readonly session: SessionId;
  /** Ends the session in good order: what is under way is answered, then bye `unavailable`. */
  readonly signal: AbortSignal;
  /** Hears what happens. Must not throw. */
  readonly onEvent: (event: ResponderEvent) => void;
}

/**
 * Serves one connection until it ends. Never rejects on account of the peer or
 * the holdings; leaves no task, timer, subscription or seat behind.
 */
export declare function runResponder<Principal>(
  options: ResponderOptions<Principal>,
): Promise<SessionEnd>;
