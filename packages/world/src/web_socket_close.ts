// What the end of a WebSocket means: its close codes, on every implementation.

import { type CloseReason, clipCloseReason } from "./network.ts";

/** The code of an end on purpose. */
export const closeNormal = 1000;

const closeGoingAway = 1001;
const closeWithoutCode = 1005;
const closesOnPurpose = [closeNormal, closeGoingAway, closeWithoutCode];

/** What a queued message costs beside its bytes, so that empty ones are bounded too. */
export const messageOverheadBytes = 64;

/** Reads the code and the words with which a peer, or a failure, ended a WebSocket. */
export function readClose(code: number, said: string): CloseReason {
  const kind = closesOnPurpose.includes(code) ? "normal" : "broken";
  const reason = said === "" ? `the connection closed with code ${code}` : clipCloseReason(said);
  return { kind, reason };
}
