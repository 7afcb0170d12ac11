// Writes that read nothing, of one call.

import { HoldfastError } from "@holdfast/std";
import { CheckedWrites } from "./checked_writes.ts";
import type { CommitVersion, Writes } from "./store.ts";

/** What they stand on. */
export const noVersion = 0 as CommitVersion;

/**
 * What `fn` writes.
 *
 * @throws {HoldfastError} `invalid_argument` where it writes nothing; what `fn` throws.
 */
export function blindWrites(fn: (writes: Writes) => void, keySizeBytesMax: number): CheckedWrites {
  const own = new CheckedWrites(noVersion, keySizeBytesMax);
  try {
    fn(own);
  } finally {
    own.end();
  }
  if (own.only === null && own.writes.isEmpty) {
    throw new HoldfastError("invalid_argument", "nothing is written");
  }
  return own;
}
