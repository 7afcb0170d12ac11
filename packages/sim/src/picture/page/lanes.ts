// Bands that hold at once on one column lie beside each other: each in a lane of its own.

/** Something that lasts, on some columns. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /** Null: on all. */
  readonly columns: readonly number[] | null;
}

/**
 * A lane for each span, from 0, such that no two that meet share one.
 *
 * Each gets the lowest that is free when it begins. O(n²) in the spans, of which a run
 * has dozens.
 */
export function assignLanes(spans: readonly Span[]): number[] {
  const order = spans
    .map((_, index) => index)
    .sort((left, right) => spans[left]!.fromMs - spans[right]!.fromMs || left - right);
  const lanes = new Array<number>(spans.length).fill(-1);
  for (const index of order) {
    const taken = new Set<number>();
    spans.forEach((other, at) => {
      if (lanes[at] !== -1 && meet(spans[index]!, other)) taken.add(lanes[at]!);
    });
    let lane = 0;
    while (taken.has(lane)) lane += 1;
    lanes[index] = lane;
  }
  return lanes;
}

function meet(left: Span, right: Span): boolean {
  if (left.fromMs > right.toMs || right.fromMs > left.toMs) return false;
  if (left.columns === null || right.columns === null) return true;
  return left.columns.some((column) => right.columns!.includes(column));
}

/** Neighbouring places as stretches: [0, 1, 3] is 0..1 and 3..3. Places ascend. */
export function stretches(places: readonly number[]): (readonly [first: number, last: number])[] {
  const found: [number, number][] = [];
  for (const place of places) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === place - 1) last[1] = place;
    else found.push([place, place]);
  }
  return found;
}
