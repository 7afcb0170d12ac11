// One lane for each process, in the order in which people count, and how far each bar of
// a lane reaches: what was never answered reaches to what its process did next.

import type { PageOperation } from "../page_data.ts";

/** An operation in its lane. */
export interface Bar {
  readonly operation: PageOperation;
  readonly lane: number;
  /** Where a bar without an end stops being drawn; null: at the end of the timeline. */
  readonly nextFrom: number | null;
}

/** The lanes of some operations. */
export interface Lanes {
  /** Names of processes. */
  readonly names: readonly string[];
  readonly bars: readonly Bar[];
}

/** Lays operations into lanes. O(n log n). */
export function lanesOf(operations: readonly PageOperation[]): Lanes {
  const counted = new Intl.Collator("en", { numeric: true });
  const names = [...new Set(operations.map(({ process }) => process))].sort(
    (a, b) => counted.compare(a, b) || (a < b ? -1 : 1),
  );
  const lanes = new Map(names.map((name, lane) => [name, lane]));
  const byCall = [...operations].sort((a, b) => compare(a.from, b.from) || a.place - b.place);
  const next = new Map<string, number | null>();
  const bars: Bar[] = [];
  for (const operation of byCall.reverse()) {
    const { process, from } = operation;
    bars.push({ operation, lane: lanes.get(process)!, nextFrom: next.get(process) ?? null });
    next.set(process, from);
  }
  return { names, bars: bars.reverse() };
}

// What began nobody knows when comes first.
function compare(a: number | null, b: number | null): number {
  return (a ?? Number.NEGATIVE_INFINITY) === (b ?? Number.NEGATIVE_INFINITY)
    ? 0
    : (a ?? Number.NEGATIVE_INFINITY) < (b ?? Number.NEGATIVE_INFINITY)
      ? -1
      : 1;
}
