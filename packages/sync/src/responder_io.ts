// What a responder is told, and what it asks of its driver.

import type { VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import type { ChannelId, SessionId } from "./frame.ts";
import type { AppendOutcome, Arrival, HeldBundle } from "./holdings.ts";
import type { Refusal, SessionEnd } from "./session.ts";

/** What became of a bundle: what the holdings said, or that they could not. */
export type AppendAnswer = AppendOutcome | ({ readonly type: "failed" } & Refusal);

/** Everything that can happen to a responder. */
export type ResponderInput =
  /** A message came. */
  | { readonly type: "frame"; readonly bytes: Uint8Array }
  /** Answers `authenticate`. */
  | { readonly type: "authenticated"; readonly refusal: Refusal | null }
  /** Answers `authorize`: the peer may read, and may or may not write. `vector` is what is held. */
  | {
      readonly type: "granted";
      readonly channel: ChannelId;
      readonly vector: VersionVector;
      readonly mayWrite: boolean;
    }
  /** Answers `authorize`, or ends a channel later. */
  | { readonly type: "denied"; readonly channel: ChannelId; readonly refusal: Refusal }
  /** Answers `append`. */
  | {
      readonly type: "answered";
      readonly channel: ChannelId;
      readonly ordinal: number;
      readonly answer: AppendAnswer;
    }
  /** The holdings have something new of the channel's document. */
  | { readonly type: "changed"; readonly channel: ChannelId }
  /** Part of what `read` asked for. */
  | { readonly type: "held"; readonly channel: ChannelId; readonly piece: HeldBundle }
  /** All of what `read` asked for has come, or `more` is left. */
  | { readonly type: "read_ended"; readonly channel: ChannelId; readonly more: boolean }
  /** Another peer's presence. */
  | {
      readonly type: "presence";
      readonly channel: ChannelId;
      readonly peer: SessionId;
      readonly state: Uint8Array | null;
    }
  /** Send what was gathered. */
  | { readonly type: "flush" }
  /** Some time passed; `heldBack` where the peer was not being read from. */
  | { readonly type: "tick"; readonly heldBack: boolean }
  /** End in good order, or at once where nothing is under way. */
  | { readonly type: "stop"; readonly refusal: Refusal }
  /** The peer takes nothing of what is sent to it. */
  | { readonly type: "stalled" }
  /** The connection ended. */
  | { readonly type: "disconnected"; readonly reason: string };

/** What the driver must do, in order. */
export type ResponderOutput =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  | { readonly type: "authenticate"; readonly credential: Uint8Array; readonly software: string }
  | { readonly type: "authorize"; readonly channel: ChannelId; readonly document: DocumentId }
  /** Offer to the holdings, without waiting for those before. */
  | {
      readonly type: "append";
      readonly channel: ChannelId;
      readonly ordinal: number;
      readonly document: DocumentId;
      readonly bytes: Uint8Array;
    }
  /** Read from the holdings, feed each piece as `held`, then `read_ended`. */
  | {
      readonly type: "read";
      readonly channel: ChannelId;
      readonly document: DocumentId;
      readonly since: VersionVector;
      readonly after: Arrival;
    }
  /** Give up what was acquired for the channel. */
  | { readonly type: "release"; readonly channel: ChannelId; readonly document: DocumentId }
  /** Show the peer's presence to the others. */
  | {
      readonly type: "present";
      readonly channel: ChannelId;
      readonly state: Uint8Array | null;
    }
  /** A refusal was sent; for logs. */
  | { readonly type: "refused"; readonly document: DocumentId; readonly refusal: Refusal }
  /** Close the connection. Always the last output. */
  | { readonly type: "end"; readonly end: SessionEnd };
