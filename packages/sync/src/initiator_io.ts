// What an initiator is told, and what it asks of its driver.

import type { VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import type { ChannelId, SessionId, StoreName } from "./frame.ts";
import type { Arrival, HeldBundle } from "./holdings.ts";
import type { AppendAnswer } from "./responder_io.ts";
import type { Refusal, SessionEnd } from "./session.ts";

/** Everything that can happen to an initiator. */
export type InitiatorInput =
  /** A message came. */
  | { readonly type: "frame"; readonly bytes: Uint8Array }
  /** Keep `document` in sync from now on. Only after `welcomed`. */
  | {
      readonly type: "open";
      readonly document: DocumentId;
      /** What is held here, durably. */
      readonly vector: VersionVector;
      /** Of agents that wrote here, only what this responder's store acknowledged; of others as `vector`. */
      readonly confirmed: VersionVector;
    }
  /** The document is needed no more. */
  | { readonly type: "close"; readonly document: DocumentId }
  /** The holdings have something new of the document. */
  | { readonly type: "changed"; readonly document: DocumentId }
  /** Part of what `read` asked for. */
  | { readonly type: "held"; readonly channel: ChannelId; readonly piece: HeldBundle }
  /** All of what `read` asked for has come, or `more` is left. */
  | { readonly type: "read_ended"; readonly channel: ChannelId; readonly more: boolean }
  /** Reading failed: the document can't be sent. */
  | { readonly type: "read_failed"; readonly channel: ChannelId; readonly refusal: Refusal }
  /** Answers `pause`. */
  | { readonly type: "paused"; readonly channel: ChannelId }
  /** Answers `append`, with its vector. */
  | {
      readonly type: "answered";
      readonly channel: ChannelId;
      readonly vector: VersionVector;
      readonly answer: AppendAnswer;
    }
  /** Show others this presence in the document; null for none. */
  | { readonly type: "present"; readonly document: DocumentId; readonly state: Uint8Array | null }
  /** The device says that there is no network; so ask whether the other side is still there. */
  | { readonly type: "doubt" }
  /** Some time passed; `heldBack` where the peer was not being read from. */
  | { readonly type: "tick"; readonly heldBack: boolean }
  /** End the session. */
  | { readonly type: "stop"; readonly refusal: Refusal }
  /** The peer takes nothing of what is sent to it. */
  | { readonly type: "stalled" }
  /** The connection ended. */
  | { readonly type: "disconnected"; readonly reason: string };

/** What a session tells the application. */
export type InitiatorEvent =
  /** The responder lets us in. */
  | { readonly type: "welcomed"; readonly store: StoreName; readonly session: SessionId }
  /** A document is in sync from here on. The store holds `saved` of what is held here, with the same content, and no more. */
  | { readonly type: "opened"; readonly document: DocumentId; readonly saved: VersionVector }
  /** Events up to `vector` were sent, by now or in a moment. */
  | { readonly type: "sent"; readonly document: DocumentId; readonly vector: VersionVector }
  /** Events up to `vector` are durable at the responder's store. */
  | { readonly type: "saved"; readonly document: DocumentId; readonly vector: VersionVector }
  /**
   * Something of the document was refused, there or here. `effect`: `retrying`, it is
   * sent, or the document opened, again; `upload_ended`, nothing more of it is sent in
   * this session; `closed`, nor received; `skipped`, a bundle from there was ignored.
   */
  | {
      readonly type: "refused";
      readonly document: DocumentId;
      readonly refusal: Refusal;
      readonly effect: "retrying" | "upload_ended" | "closed" | "skipped";
    }
  /** Another peer's presence; null when it is gone. */
  | {
      readonly type: "presence";
      readonly document: DocumentId;
      readonly peer: SessionId;
      readonly state: Uint8Array | null;
    };

/** What the driver must do, in order. */
export type InitiatorOutput =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  /** Tell the application. */
  | { readonly type: "tell"; readonly event: InitiatorEvent }
  /** Offer to the holdings, without waiting for those before. */
  | {
      readonly type: "append";
      readonly channel: ChannelId;
      readonly document: DocumentId;
      readonly bytes: Uint8Array;
      /** The events in it. */
      readonly vector: VersionVector;
    }
  /** Read from the holdings, feed each piece as `held`, then `read_ended`. */
  | {
      readonly type: "read";
      readonly channel: ChannelId;
      readonly document: DocumentId;
      readonly since: VersionVector;
      readonly after: Arrival;
    }
  /** Wait, then feed `paused`. */
  | { readonly type: "pause"; readonly channel: ChannelId; readonly delayMs: number }
  /** After `delayMs`, look up the document's vectors again and feed `open`. */
  | { readonly type: "reopen"; readonly document: DocumentId; readonly delayMs: number }
  /** Close the connection. Always the last output. */
  | { readonly type: "end"; readonly end: SessionEnd };
