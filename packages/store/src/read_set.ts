// What a transaction looked at, and whether writes touch it.

import type { KeyText } from "./key.ts";
import type { OrderedMap } from "./ordered_map.ts";
import { SpanSet } from "./span_set.ts";

/** Which keys something wrote; a WriteSet is one. */
export interface Footprint {
  readonly points: OrderedMap<unknown>;
  readonly cleared: SpanSet;
  /** What counts as written besides. */
  readonly declared: SpanSet;
}

const noPoints: ReadonlySet<KeyText> = new Set();
/** Nobody adds to it. */
const noSpans = new SpanSet();

/** Keys and spans that were read. */
export class ReadSet {
  /** Null as long as there are none: most transactions that write read nothing. */
  #points: Set<KeyText> | null = null;
  #spans: SpanSet | null = null;
  #sizeBytes = 0;

  /** Whether nothing was read. */
  get isEmpty(): boolean {
    return this.#points === null && this.#spans === null;
  }

  get spans(): SpanSet {
    return this.#spans ?? noSpans;
  }

  /** Keys that were read one by one. */
  get points(): ReadonlySet<KeyText> {
    return this.#points ?? noPoints;
  }

  /** Bytes of keys held. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  addPoint(key: KeyText): void {
    this.#points ??= new Set();
    if (this.#points.has(key)) return;
    this.#points.add(key);
    this.#sizeBytes += key.length;
  }

  addSpan(start: KeyText, end: KeyText): void {
    this.#spans ??= new SpanSet();
    this.#spans.add({ start, end });
    this.#sizeBytes += start.length + end.length;
  }

  /** Tells whether `footprint` wrote something that was read here. O(reads x log writes). */
  isTouchedBy(footprint: Footprint): boolean {
    if (this.isEmpty) return false;
    const { points, cleared, declared } = footprint;
    for (const key of this.points) {
      if (points.get(key) !== undefined || cleared.covers(key) || declared.covers(key)) return true;
    }
    let touched = false;
    this.spans.visit((span) => {
      touched =
        points.someIn(span.start, span.end) ||
        cleared.intersects(span) ||
        declared.intersects(span);
      return !touched;
    });
    return touched;
  }
}
