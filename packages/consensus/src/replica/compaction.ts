// When a log is cut, and how much of it stays.

import type { Index } from "../raft/types.ts";
import type { CompactionLimits } from "./options.ts";

/** A log, and how far the state machine holds it durably. */
export interface CompactableLog {
  /** The last entry that was cut. */
  readonly base: Index;
  /** The last entry that may be. */
  readonly index: Index;
  /** About how many bytes lie between them. */
  readonly keptBytes: number;
}

/** Through where to cut the log now; null where that is not worth it. O(1). */
export function cutThrough(
  limits: CompactionLimits,
  { base, index, keptBytes }: CompactableLog,
): Index | null {
  const count = index - base;
  if (count <= 0 || (count < limits.count && keptBytes < limits.sizeBytes)) return null;
  const sizeBytesMean = keptBytes / count;
  const kept = Math.min(limits.keptCount, Math.floor(limits.keptSizeBytes / sizeBytesMean));
  const through = Math.max(base, index - kept) as Index;
  return through === base ? null : through;
}
