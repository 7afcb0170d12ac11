// Judges a counter that only grows: a read is at least the sum of what was acknowledged
// when it began, and at most the sum of what was tried when it was over.

import { type CallOperation, callsOf, type DataVerdict, eventsOf, refuse } from "./calls.ts";

/** The lowest that a read could see, what it saw, and the highest that it could. */
export type CounterRead = readonly [lower: number, seen: number, upper: number];

/** What reads saw. */
export interface CounterVerdict {
  readonly verdict: DataVerdict;
  /** In the order in which they were answered. */
  readonly reads: readonly CounterRead[];
  /** Those that saw what they could not. */
  readonly errors: readonly CounterRead[];
}

/**
 * Judges calls of `add` (a number from 0) and `read` (answers a number). O(n log n).
 *
 * @throws {HoldfastError} `invalid_argument` or `too_large`, with the place; also for a
 *   negative number.
 */
export function judgeCounter(history: Iterable<CallOperation>): CounterVerdict {
  const calls = callsOf(history);
  const lowerAtStart = new Map<number, number>();
  const reads: CounterRead[] = [];
  let lower = 0;
  let upper = 0;
  for (const { kind, place, operation } of eventsOf(calls)) {
    const { input, outcome, output } = operation;
    if (outcome === "fail") continue;
    if (input.f === "add") {
      const amount = numberOf(input.value, place);
      if (amount < 0) refuse(place, `${amount} was added; this counter only grows`);
      if (kind === "invoke") upper += amount;
      else lower += amount;
    } else if (input.f === "read" && outcome === "ok") {
      if (kind === "invoke") lowerAtStart.set(place, lower);
      else reads.push([lowerAtStart.get(place) ?? 0, numberOf(output, place), upper]);
    }
  }
  const errors = reads.filter(([low, seen, high]) => seen < low || seen > high);
  return { verdict: errors.length > 0 ? "violation" : "ok", reads, errors };
}

function numberOf(value: unknown, place: number): number {
  if (typeof value === "number" && !Number.isNaN(value)) return value;
  return refuse(place, `${JSON.stringify(value) ?? "undefined"} is no number`);
}
