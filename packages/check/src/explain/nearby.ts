// Which operations of a history a report carries: those that it is about, and those that
// stand next to them.

import type { History } from "../history/operation.ts";
import { operationsMax, type ReportOperation } from "./report.ts";

/** What of a history belongs into a report. */
export interface Nearby {
  readonly operations: readonly ReportOperation[];
  readonly operationsLeftOut: number;
}

/** How many of the operations may be there for being related. */
const relatedMax = Math.ceil(operationsMax * 0.8);

/**
 * The operations at `places` (the first {@link operationsMax} of them), and around them
 * those at `related` (ascending places), then all others, as long as there is room.
 * O(m log m) for m operations that are carried.
 */
export function nearby(
  history: History,
  places: Iterable<number>,
  related: readonly number[] | null = null,
): Nearby {
  const kept = new Set<number>();
  for (const place of places) {
    if (kept.size === operationsMax) break;
    if (place >= 0 && place < history.length) kept.add(place);
  }
  const centres = kept.size > 0 ? [...kept] : [0];
  if (related !== null) {
    const ranks = centres.map((place) => rankOf(related, place));
    spread(kept, ranks, { countMax: relatedMax, length: related.length, at: (k) => related[k]! });
  }
  spread(kept, centres, { countMax: operationsMax, length: history.length, at: (k) => k });
  const sorted = [...kept].sort((left, right) => left - right);
  return {
    operations: sorted.map((place) => ({ place, operation: history[place]! })),
    operationsLeftOut: history.length - sorted.length,
  };
}

interface Line {
  readonly countMax: number;
  readonly length: number;
  readonly at: (rank: number) => number;
}

// Goes outwards from all centres at once, a step at a time.
function spread(
  kept: Set<number>,
  centres: readonly number[],
  { countMax, length, at }: Line,
): void {
  for (let distance = 0; distance < length && kept.size < countMax; distance += 1) {
    for (const centre of centres) {
      for (const rank of [centre - distance, centre + distance]) {
        if (rank < 0 || rank >= length || kept.size >= countMax) continue;
        kept.add(at(rank));
      }
    }
  }
}

// The first of these ascending places that is not before `place`.
function rankOf(places: readonly number[], place: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
