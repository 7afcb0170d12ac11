// What a call of a store came to that failed.

import type { ErrorCode } from "@holdfast/std";

/** It did not take effect, and never will. */
export const surelyFailed = [
  "conflict",
  "too_old",
  "cancelled",
  "timeout",
  "unavailable",
  "overloaded",
  "disk_full",
  "closed",
] as const satisfies readonly ErrorCode[];

/** Whether it took effect is not known. */
export const perhapsDone = ["io", "unknown_outcome"] as const satisfies readonly ErrorCode[];
