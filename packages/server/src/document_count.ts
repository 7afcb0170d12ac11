// How many documents a store holds.

import { keyRange, unpackKey } from "@holdfast/std";
import type { Store } from "@holdfast/store";
import { documentsRange } from "./document_keys.ts";

/** Documents that one snapshot counts, so that none is held for long. */
const documentsPerSnapshot = 500;

/**
 * Counts documents, up to `max`, by stepping from the first key of one to that of
 * the next. O(documents) reads.
 */
export async function countDocuments(store: Store, max: number): Promise<number> {
  let count = 0;
  let start: Uint8Array | null = documentsRange.start;
  while (start !== null && count < max) {
    const from: Uint8Array = start;
    start = await store.read(async (snapshot) => {
      let next = from;
      for (let step = 0; step < documentsPerSnapshot && count < max; step += 1) {
        const range = { start: next, end: documentsRange.end };
        const [row] = await snapshot.range(range, { limitRows: 1 });
        if (row === undefined) return null;
        count += 1;
        next = keyRange(unpackKey(row.key).slice(0, 2)).end;
      }
      return next;
    });
  }
  return count;
}
