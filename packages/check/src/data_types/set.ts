// Judges a set: what was added and acknowledged is in the last read, and nothing else is
// that nobody tried to add.

import {
  type CallOperation,
  callsOf,
  type DataVerdict,
  type Item,
  itemOf,
  itemsOf,
  sortedItems,
} from "./calls.ts";

/** What became of what was added. */
export interface SetVerdict {
  /** `unknown` where nobody read. */
  readonly verdict: DataVerdict;
  /** Tried, and there. */
  readonly ok: readonly Item[];
  /** Acknowledged, and not there. */
  readonly lost: readonly Item[];
  /** There, though it was not acknowledged. */
  readonly recovered: readonly Item[];
  /** There, though nobody tried. */
  readonly unexpected: readonly Item[];
  readonly attemptCount: number;
  readonly acknowledgedCount: number;
}

/**
 * Judges calls of `add` (a value) and `read` (answers a list). The read that was answered
 * last counts. Linear.
 *
 * @throws {HoldfastError} `invalid_argument` or `too_large`, with the place.
 */
export function judgeSet(history: Iterable<CallOperation>): SetVerdict {
  const attempts = new Set<Item>();
  const acknowledged = new Set<Item>();
  let read: ReadonlySet<Item> | null = null;
  let readAt = Number.NEGATIVE_INFINITY;
  for (const [place, { input, outcome, output, completedAt }] of callsOf(history).entries()) {
    if (input.f === "add") {
      const item = itemOf(input.value, place);
      attempts.add(item);
      if (outcome === "ok") acknowledged.add(item);
    } else if (input.f === "read" && outcome === "ok" && completedAt >= readAt) {
      read = new Set(itemsOf(output, place));
      readAt = completedAt;
    }
  }
  const counts = { attemptCount: attempts.size, acknowledgedCount: acknowledged.size };
  if (read === null) {
    return { verdict: "unknown", ok: [], lost: [], recovered: [], unexpected: [], ...counts };
  }
  const final = read;
  const ok = [...final].filter((item) => attempts.has(item));
  const lost = [...acknowledged].filter((item) => !final.has(item));
  const unexpected = [...final].filter((item) => !attempts.has(item));
  return {
    verdict: lost.length + unexpected.length > 0 ? "violation" : "ok",
    ok: sortedItems(ok),
    lost: sortedItems(lost),
    recovered: sortedItems(ok.filter((item) => !acknowledged.has(item))),
    unexpected: sortedItems(unexpected),
    ...counts,
  };
}
