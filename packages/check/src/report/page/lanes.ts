// One lane for each process, those that matter first, and else as people count; and how far each bar of
// a lane reaches: what was never answered reaches to what its process did next, and what
// began nobody knows when starts behind what its process did before.

import type { PageOperation } from "../page_data.ts";

/** An operation in its lane. */
export interface Bar {
  readonly operation: PageOperation;
  readonly lane: number;
  /** Where a bar without an end stops being drawn; null: at the end of the timeline. */
  readonly nextFrom: number | null;
  /** Where a bar without a beginning starts: its process was answered before; null: at the beginning. */
  readonly lastUntil: number | null;
}

/** The lanes of some operations. */
export interface Lanes {
  /** Names of processes. */
  readonly names: readonly string[];
  readonly bars: readonly Bar[];
}

/**
 * Lays operations into lanes. Processes of those that matter come first: nobody looks for
 * them below a hundred others. O(n log n).
 */
export function lanesOf(
  operations: readonly PageOperation[],
  matters: (operation: PageOperation) => boolean,
): Lanes {
  const counted = new Intl.Collator("en", { numeric: true });
  const first = new Set(operations.filter(matters).map(({ process }) => process));
  const rank = (name: string) => (first.has(name) ? 0 : 1);
  const names = [...new Set(operations.map(({ process }) => process))].sort(
    (a, b) => rank(a) - rank(b) || counted.compare(a, b) || (a < b ? -1 : 1),
  );
  const lanes = new Map(names.map((name, lane) => [name, lane]));
  const inTurn = [...operations].sort(
    (a, b) => compare(momentOf(a), momentOf(b)) || a.place - b.place,
  );
  const lastUntil = new Map<string, number | null>();
  const bars: Bar[] = inTurn.map((operation) => {
    const { process, until } = operation;
    const last = lastUntil.get(process) ?? null;
    lastUntil.set(process, until ?? last);
    return { operation, lane: lanes.get(process)!, nextFrom: null, lastUntil: last };
  });
  const nextFrom = new Map<string, number | null>();
  for (let at = bars.length - 1; at >= 0; at -= 1) {
    const { process, from } = bars[at]!.operation;
    bars[at] = { ...bars[at]!, nextFrom: nextFrom.get(process) ?? null };
    nextFrom.set(process, from);
  }
  return { names, bars };
}

// When it was asked for; where nobody knows, when it was answered.
function momentOf({ from, until }: PageOperation): number {
  return from ?? until ?? Number.NEGATIVE_INFINITY;
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
