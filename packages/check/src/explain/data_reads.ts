// What readers of counters, banks and keys saw that they can't have seen, and the
// operations that show it.

import type { BankVerdict } from "../data_types/bank.ts";
import { type CallOperation, callsOf, eventsOf, type Item } from "../data_types/calls.ts";
import type { CausalReverseVerdict } from "../data_types/causal_reverse.ts";
import type { CounterRead, CounterVerdict } from "../data_types/counter.ts";
import type { LongForkVerdict } from "../data_types/long_fork.ts";
import { describeValue } from "./describe.ts";
import type { Finding } from "./report.ts";

/** Writes that are shown of those that a read missed. */
const writesMax = 12;

/** Reads of a bank whose money does not add up. */
export function bankFindings({ errors }: BankVerdict): Finding[] {
  return errors.map(({ type, operation, sentence }) => ({
    title: type,
    sentence: `#${operation}: ${sentence}`,
    operations: [operation],
    cycle: [],
    isAllowed: false,
  }));
}

/** Pairs of reads that saw time in different orders. */
export function longForkFindings({ forks }: LongForkVerdict): Finding[] {
  return forks.map(([one, other]) => ({
    title: "long fork",
    sentence: `#${one} and #${other} each saw a write that the other missed`,
    operations: [one, other],
    cycle: [],
    isAllowed: false,
  }));
}

/** Reads that saw a write, and not what was acknowledged before it. O(n) and n for each finding's writes. */
export function causalReverseFindings(
  history: readonly CallOperation[],
  { errors }: CausalReverseVerdict,
): Finding[] {
  const wanted = new Set(errors.flatMap(({ missing }) => missing.slice(0, writesMax)));
  const writers = new Map<Item, number>();
  for (const [place, { input }] of history.entries()) {
    const item = input.value as Item;
    if (input.f === "write" && wanted.has(item)) writers.set(item, place);
  }
  return errors.map(({ operation, missing }) => {
    const shown = missing.slice(0, writesMax);
    const more = missing.length > shown.length ? ` and ${missing.length - shown.length} more` : "";
    const values = shown.map((item) => describeValue(item, 60)).join(", ");
    return {
      title: "causal reverse",
      sentence: `#${operation} saw a write, and not ${values}${more}, acknowledged before it began`,
      operations: [...shown.flatMap((item) => writers.get(item) ?? []), operation],
      cycle: [],
      isAllowed: false,
    };
  });
}

/** Reads of a counter that are too low or too high. O(n log n). */
export function counterFindings(
  history: readonly CallOperation[],
  { reads, errors }: CounterVerdict,
): Finding[] {
  if (errors.length === 0) return [];
  // A verdict has its reads in the order of their answers.
  const places = eventsOf(callsOf(history))
    .filter(({ kind, operation: { input, outcome } }) => {
      return kind === "complete" && input.f === "read" && outcome === "ok";
    })
    .map(({ place }) => place);
  const wrong = new Set<CounterRead>(errors);
  return reads.flatMap((read, index) => {
    if (!wrong.has(read)) return [];
    const [lower, seen, upper] = read;
    const place = places[index]!;
    return [
      {
        title: seen < lower ? "too low" : "too high",
        sentence: `#${place} saw ${seen}, and what was added by then is between ${lower} and ${upper}`,
        operations: [place],
        cycle: [],
        isAllowed: false,
      },
    ];
  });
}
