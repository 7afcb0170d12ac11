// Judges a generator of ids: it never gave out one twice.

import {
  type CallOperation,
  callsOf,
  type DataVerdict,
  type Item,
  itemOf,
  sortedItems,
} from "./calls.ts";

/** What a generator gave out. */
export interface UniqueIdsVerdict {
  readonly verdict: DataVerdict;
  readonly attemptedCount: number;
  readonly acknowledgedCount: number;
  readonly duplicatedCount: number;
  /** How often each id was given out that was more than once. */
  readonly duplicated: Readonly<Record<string, number>>;
  /** The lowest and the highest; null where there is none. */
  readonly range: readonly [Item, Item] | null;
}

/**
 * Judges calls of `generate`, which answers an id. O(n log n).
 *
 * @throws {HoldfastError} `invalid_argument` or `too_large`, with the place.
 */
export function judgeUniqueIds(history: Iterable<CallOperation>): UniqueIdsVerdict {
  const counts = new Map<Item, number>();
  let attemptedCount = 0;
  let acknowledgedCount = 0;
  for (const [place, { input, outcome, output }] of callsOf(history).entries()) {
    if (input.f !== "generate") continue;
    attemptedCount += 1;
    if (outcome !== "ok") continue;
    acknowledgedCount += 1;
    const id = itemOf(output, place);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const duplicated = [...counts].filter(([, count]) => count > 1);
  const sorted = sortedItems(counts.keys());
  return {
    verdict: duplicated.length > 0 ? "violation" : "ok",
    attemptedCount,
    acknowledgedCount,
    duplicatedCount: duplicated.length,
    duplicated: Object.fromEntries(duplicated.map(([id, count]) => [String(id), count])),
    range: sorted.length === 0 ? null : [sorted[0]!, sorted[sorted.length - 1]!],
  };
}
