// What the two sides of a session have in common: how it ends, and its limits.

import type { EventRun } from "@holdfast/causality";
import { type ErrorCode, HoldfastError } from "@holdfast/std";

/** Most documents that one connection may have open. */
export const documentsPerConnectionMax = 1_000;
/** Most agents in all vectors that a connection opened its documents with, and in what it sent since. */
export const vectorAgentsPerConnectionMax = 262_144;
/** Bytes waiting to be sent on a connection from which on nothing more is read for it. */
export const outboundSizeBytesMax = 1_048_576;
/**
 * Bytes waiting to be sent from which on an initiator does not read either. It has
 * to read on while a responder, which has much to send too, reads nothing: else
 * both would wait for each other. What it reads adds next to nothing to them.
 */
export const initiatorHoldBackSizeBytes = 4 * outboundSizeBytesMax;
/** Bytes of bundles that one connection may have under way to the holdings; then it is not read from. */
export const inboundSizeBytesMax = 1_048_576;
/** What asking whether a document may be opened counts as, among these. */
export const authorizeSizeBytes = Math.floor(inboundSizeBytesMax / documentsPerConnectionMax);
/** How long a peer may take nothing of what is sent to it. */
export const stallMsMax = 30_000;
/** After how much silence a side asks whether the other is there. */
export const pingIntervalMs = 20_000;
/** After how much silence the other side counts as gone. */
export const silenceMsMax = 45_000;
/** The same, where the device says that there is no network. */
export const doubtMsMax = 5_000;
/** How often a driver tells its machine that time passed. */
export const tickIntervalMs = 5_000;
/** How long the greeting, with authentication, may take. */
export const greetingMsMax = 10_000;

/** Why something was not done. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly sentence: string;
}

/** How a session ended. */
export interface SessionEnd {
  /** Who ended it. `transport`: the connection broke or was closed without a bye. */
  readonly by: "here" | "there" | "transport";
  readonly code: ErrorCode;
  readonly sentence: string;
}

/** What a peer that breaks the protocol is told. */
export function violation(sentence: string): HoldfastError {
  return new HoldfastError("protocol", sentence);
}

/** Names events, for a sentence. */
export function describeRun({ agent, from, to }: EventRun): string {
  return to - from === 1 ? `event ${from} of ${agent}` : `events ${from} to ${to - 1} of ${agent}`;
}
