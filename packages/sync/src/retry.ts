// Refusals that may pass, and how long to wait for that.

import type { ErrorCode } from "@holdfast/std";

/** The first pause after a refusal that may pass, doubled with each that follows. */
export const retryDelayMs = 500;
/** The longest pause after a refusal that may pass. */
export const retryDelayMsMax = 30_000;

/** Whether what was refused with `code` may be taken later, as it is. */
export function mayPass(code: ErrorCode): boolean {
  switch (code) {
    case "missing_dependency":
    case "disk_full":
    case "io":
    case "unavailable":
    case "overloaded":
    case "conflict":
    case "too_old":
    case "timeout":
    case "closed":
    // It may be stored, and then it is recognised.
    case "unknown_outcome":
      return true;
    default:
      return false;
  }
}
