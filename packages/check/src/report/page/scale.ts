// Where a moment lies along a timeline.
//
// Of times only the order counts, so by default moments are spaced by their order: each
// that differs from the one before is one unit further on, however long it took, and no
// bar is too thin to read. Spaced by time, a unit is as long as the average of these.
//
// Points of an order lie between moments: those after one moment and before the next share
// the gap evenly, and spaced by order they make it wider.
//
// Invariants:
//   SC1  A later moment is never further left than an earlier one.
//   SC2  A point lies after the moment that it follows, and before the next one.

/** How moments are spaced. */
export type Spacing = "order" | "time";

/** How much wider a point makes the gap that it lies in, in units. */
const pointUnits = 0.55;

/** A mark on the axis. */
export interface Tick {
  readonly unit: number;
  readonly at: number;
}

/** Moments to units, from 0 to {@link Scale.length}. */
export class Scale {
  /** The distinct moments, ascending. */
  readonly moments: readonly number[];
  readonly length: number;
  readonly #units: number[] = [];
  readonly #pointsAfter = new Map<number, number>();

  /** `points` are the moments after which points lie, in the order of the points. */
  constructor(moments: Iterable<number>, points: readonly number[], spacing: Spacing) {
    this.moments = [...new Set(moments)].sort((a, b) => a - b);
    for (const at of points) this.#pointsAfter.set(at, (this.#pointsAfter.get(at) ?? 0) + 1);
    const [first, last] = [this.moments[0] ?? 0, this.moments.at(-1) ?? 0];
    const isTimed = spacing === "time" && last > first;
    let unit = 0;
    for (const at of this.moments) {
      const gap = this.moments.length - 1;
      this.#units.push(isTimed ? ((at - first) / (last - first)) * gap : unit);
      unit += 1 + pointUnits * (this.#pointsAfter.get(at) ?? 0);
    }
    // What lies behind the last moment has room too.
    this.length = (this.#units.at(-1) ?? 0) + this.#gapAfterLast(last);
  }

  #gapAfterLast(last: number): number {
    return 1 + pointUnits * (this.#pointsAfter.get(last) ?? 0);
  }

  /** The place of a moment; between moments of the scale, in between. */
  unitOf(at: number): number {
    const { moments } = this;
    const next = firstAfter(moments, at);
    if (next === 0) return this.#units[0] ?? 0;
    const [before, after] = [moments[next - 1]!, moments[next]];
    const unit = this.#units[next - 1]!;
    if (after === undefined || at === before) return unit;
    return unit + ((at - before) / (after - before)) * (this.#units[next]! - unit);
  }

  /** The place of the `index`-th of the points that lie after the moment `at`. */
  pointOf(at: number, index: number): number {
    const count = this.#pointsAfter.get(at) ?? 1;
    const place = firstAfter(this.moments, at);
    const from = this.unitOf(at);
    const until = this.#units[place] ?? this.length;
    return from + ((index + 1) / (count + 1)) * (until - from);
  }

  /** Moments of the scale that are at least `apart` units from each other, between two places. */
  ticks(from: number, until: number, apart: number): Tick[] {
    const ticks: Tick[] = [];
    let next = Number.NEGATIVE_INFINITY;
    for (const [index, unit] of this.#units.entries()) {
      if (unit < from || unit < next) continue;
      if (unit > until) break;
      ticks.push({ unit, at: this.moments[index]! });
      next = unit + apart;
    }
    return ticks;
  }
}

/** The first index of ascending `values` whose value is greater. */
function firstAfter(values: readonly number[], value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
