// When a log is cut, and how much of it stays.
//
// What a live peer is being given stays, too, up to a limit. A snapshot of a gigabyte is on
// its way for minutes; if what was written meanwhile were cut, its end would only be the
// beginning of the next one, for as long as somebody writes.

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
  /** The last entry that no live peer lacks; infinite where none lacks any. */
  readonly unneeded: number;
}

/** A log is cut whoever needs it when it is so many times as large as one that is worth cutting. */
const heldTimes = 16;

/** Through where to cut the log now; null where that is not worth it. O(1). */
export function cutThrough(
  limits: CompactionLimits,
  { base, index, keptBytes, unneeded }: CompactableLog,
): Index | null {
  const count = index - base;
  if (count <= 0 || (count < limits.count && keptBytes < limits.sizeBytes)) return null;
  const sizeBytesMean = keptBytes / count;
  const kept = Math.min(limits.keptCount, Math.floor(limits.keptSizeBytes / sizeBytesMean));
  const isHeld = count < limits.count * heldTimes && keptBytes < limits.sizeBytes * heldTimes;
  const wanted = isHeld ? Math.min(index - kept, unneeded) : index - kept;
  const through = Math.max(base, wanted) as Index;
  return through === base ? null : through;
}
