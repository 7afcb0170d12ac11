// A set of spans of keys, kept disjoint: what a transaction cleared, or read.

import type { KeyText, Span } from "./key.ts";
import { firstText, textAfter } from "./key.ts";
import { OrderedMap } from "./ordered_map.ts";

/** Spans, merged where they touch. Empty spans are ignored. */
export class SpanSet {
  /** Null as long as there are none: most sets never have one. */
  #ends: OrderedMap<KeyText> | null;

  constructor(ends: OrderedMap<KeyText> | null = null) {
    this.#ends = ends;
  }

  /** How many disjoint spans. */
  get size(): number {
    return this.#ends?.size ?? 0;
  }

  /** O(log n + spans swallowed). */
  add(span: Span): void {
    if (span.start >= span.end) return;
    this.#ends ??= new OrderedMap();
    let { start, end } = span;
    const left = this.#atOrBefore(start);
    if (left !== null && left.end >= start) {
      start = left.start;
      if (left.end > end) end = left.end;
    }
    const right = this.#atOrBefore(end);
    if (right !== null && right.start >= start && right.end > end) end = right.end;
    for (const swallowed of this.#ends.keysIn(start, textAfter(end))) this.#ends.delete(swallowed);
    this.#ends.set(start, end);
  }

  /** Tells whether a span holds `key`. */
  covers(key: KeyText): boolean {
    if (this.#ends === null) return false;
    const span = this.#atOrBefore(key);
    return span !== null && span.end > key;
  }

  /** Tells whether a span and `span` have a key in common. */
  intersects(span: Span): boolean {
    if (this.#ends === null || span.start >= span.end) return false;
    return this.covers(span.start) || this.#ends.someIn(span.start, span.end);
  }

  /** Visits every span in order; false ends the visit. */
  visit(visit: (span: Span) => boolean | undefined): void {
    this.#ends?.visitAll((start, end) => visit({ start, end }));
  }

  /** The set as it is now; later changes of either do not show in the other. O(1). */
  snapshot(): SpanSet {
    return new SpanSet(this.#ends?.snapshot() ?? null);
  }

  /** All spans, in order. */
  list(): Span[] {
    const spans: Span[] = [];
    this.visit((span) => {
      spans.push(span);
      return true;
    });
    return spans;
  }

  #atOrBefore(key: KeyText): Span | null {
    let found: Span | null = null;
    this.#ends?.visit(firstText, textAfter(key), true, (start, end) => {
      found = { start, end };
      return false;
    });
    return found;
  }
}
