// Finding out whether events that are offered again are the ones that are held.
//
// Runs that were cut alike are compared by the hashes in their envelopes; where
// the cuts differ, plain payloads are decoded and their events compared. Of sealed
// payloads with different cuts nothing can be told here: who has the key will see.

import type { EventRun } from "@holdfast/causality";
import { type Bundle, type DocumentId, sameContent } from "@holdfast/doc";
import { HoldfastError } from "@holdfast/std";
import type { Snapshot } from "@holdfast/store";
import type { Arrival } from "@holdfast/sync";
import { readChunk, readHave } from "./document_index.ts";
import { haveRangeFrom } from "./document_keys.ts";

/** Most chunks that one bundle is compared with. */
export const comparedChunksMax = 1_024;

/**
 * The first events of `bundle` that are held with another content, or null.
 * Reads each chunk that holds events of `shared`.
 *
 * @throws {HoldfastError} `corrupt` where a payload that has to be compared does
 *   not decode; `too_large` where more than {@link comparedChunksMax} chunks overlap.
 */
export async function findEquivocation(
  snapshot: Snapshot,
  document: DocumentId,
  bundle: Bundle,
  shared: readonly EventRun[],
): Promise<EventRun | null> {
  const arrivals = new Set<Arrival>();
  for (const run of shared) {
    for await (const entry of readHave(snapshot, haveRangeFrom(document, run.agent, run.from))) {
      if (entry.from >= run.to) break;
      arrivals.add(entry.arrival);
      if (arrivals.size > comparedChunksMax) {
        throw new HoldfastError(
          "too_large",
          `bundle repeats events of more than ${comparedChunksMax} chunks`,
        );
      }
    }
  }
  for (const arrival of arrivals) {
    const chunk = await readChunk(snapshot, document, arrival);
    const run = sameContent(chunk.bundle, bundle);
    if (run !== null) return run;
  }
  return null;
}
