// Joining the many small bundles of a document, one for each keystroke, into few.

import { coalesceBundles, decodeBundle } from "@holdfast/doc";
import { isHoldfastError } from "@holdfast/std";

/** Bundles of one document from which on they are worth joining. */
const countMin = 256;
const crumbSizeBytesMax = 1_024;

/** Tells whether a document is kept in so many and small bundles that joining them pays. */
export function isMadeOfCrumbs(count: number, sizeBytes: number): boolean {
  return count >= countMin && sizeBytes / count < crumbSizeBytesMax;
}

/**
 * The same events in as few bundles as they take. A write that failed may have left a
 * gap that a later bundle fills: such a document comes back as it is. O(bytes).
 */
export function joinKept(bundles: readonly Uint8Array[]): readonly Uint8Array[] {
  if (bundles.length === 0) return [];
  try {
    return coalesceBundles(bundles.map((bytes) => decodeBundle(bytes)));
  } catch (error) {
    if (isHoldfastError(error)) return bundles;
    throw error;
  }
}
