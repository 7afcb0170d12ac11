// Judges whether writes appear in the order in which they were made: who sees a write sees
// all that was acknowledged before that write began.
//
// Strict serializability promises it; serializability does not.
// Source: Jepsen's causal-reverse workload.

import {
  type CallOperation,
  callsOf,
  type DataVerdict,
  eventsOf,
  type Item,
  itemOf,
  itemsOf,
  sortedItems,
} from "./calls.ts";

/** A read that missed something. */
export interface CausalReverseError {
  /** The read, by its place in the history. */
  readonly operation: number;
  /** What was acknowledged before something that it saw was begun. */
  readonly missing: readonly Item[];
  /** How much it had to see. */
  readonly expectedCount: number;
}

/** What reads missed. */
export interface CausalReverseVerdict {
  readonly verdict: DataVerdict;
  readonly errors: readonly CausalReverseError[];
}

/**
 * Judges calls of `write` (a value, each once) and `read` (answers a list of all values
 * that are there). O(n log n) in calls, and linear in the lists.
 *
 * @throws {HoldfastError} `invalid_argument` or `too_large`, with the place.
 */
export function judgeCausalReverse(history: Iterable<CallOperation>): CausalReverseVerdict {
  const calls = callsOf(history);
  // Values by when they were acknowledged, and how many were when each was begun: so what
  // has to be seen with a value is always the beginning of one list.
  const acknowledged: Item[] = [];
  const before = new Map<Item, number>();
  for (const { kind, place, operation } of eventsOf(calls)) {
    if (operation.input.f !== "write") continue;
    const item = itemOf(operation.input.value, place);
    if (kind === "invoke") before.set(item, acknowledged.length);
    else if (operation.outcome === "ok") acknowledged.push(item);
  }
  const errors: CausalReverseError[] = [];
  for (const [place, { input, outcome, output }] of calls.entries()) {
    if (input.f !== "read" || outcome !== "ok") continue;
    const seen = new Set(itemsOf(output, place));
    let expectedCount = 0;
    for (const item of seen) expectedCount = Math.max(expectedCount, before.get(item) ?? 0);
    const missing = acknowledged.slice(0, expectedCount).filter((item) => !seen.has(item));
    if (missing.length > 0) {
      errors.push({ operation: place, missing: sortedItems(missing), expectedCount });
    }
  }
  return { verdict: errors.length > 0 ? "violation" : "ok", errors };
}
