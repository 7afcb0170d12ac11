// What a transaction wants written: spans cleared, and on top of them keys set
// or cleared one by one. Several in order add up to one.

import type { KeyText, Span } from "./key.ts";
import { OrderedMap } from "./ordered_map.ts";
import { SpanSet } from "./span_set.ts";

/** Nobody adds to it. */
const noSpans = new SpanSet();

/** Writes in their final form: first all of `cleared`, then all of `points`. */
export class WriteSet {
  #points: OrderedMap<Uint8Array | null>;
  /** Null as long as there are none, both: most transactions set a few keys. */
  #cleared: SpanSet | null = null;
  #declared: SpanSet | null = null;
  #pointBytes = 0;
  #spanBytes = 0;

  /** @param points - What it begins with, and becomes its own. */
  constructor(points = new OrderedMap<Uint8Array | null>()) {
    this.#points = points;
    if (points.size === 0) return;
    points.visitAll((key, value) => {
      this.#pointBytes += key.length + (value === null ? 0 : value.length);
      return true;
    });
  }

  /** The new value of each key, null where it is cleared. */
  get points(): OrderedMap<Uint8Array | null> {
    return this.#points;
  }

  /** Spans cleared before the points take effect. */
  get cleared(): SpanSet {
    return this.#cleared ?? noSpans;
  }

  /** Spans that count as written for those who read them, though nothing of them changes. */
  get declared(): SpanSet {
    return this.#declared ?? noSpans;
  }

  /** Tells whether nothing is written. */
  get isEmpty(): boolean {
    return this.points.size === 0 && this.cleared.size === 0;
  }

  /** Bytes of the keys and values, and of the ends of spans. */
  get sizeBytes(): number {
    return this.#pointBytes + this.#spanBytes;
  }

  /** `value` is kept as it is: the caller must not change it afterwards. */
  set(key: KeyText, value: Uint8Array | null): void {
    const old = this.points.set(key, value);
    this.#pointBytes += value === null ? 0 : value.length;
    if (old === undefined) this.#pointBytes += key.length;
    else this.#pointBytes -= old === null ? 0 : old.length;
  }

  clearSpan(span: Span): void {
    for (const key of this.points.keysIn(span.start, span.end)) {
      const old = this.points.delete(key);
      this.#pointBytes -= key.length + (old ? old.length : 0);
    }
    this.addCleared(span);
  }

  /** A span that is cleared before all points take effect, those in it too. */
  addCleared(span: Span): void {
    this.#cleared ??= new SpanSet();
    this.#cleared.add(span);
    this.#spanBytes += span.start.length + span.end.length;
  }

  declareSpan(span: Span): void {
    this.#declared ??= new SpanSet();
    this.#declared.add(span);
    this.#spanBytes += span.start.length + span.end.length;
  }

  /** What `key` reads as: a value, null where it is cleared, undefined where it isn't written. */
  lookup(key: KeyText): Uint8Array | null | undefined {
    const value = this.points.get(key);
    if (value !== undefined) return value;
    return this.cleared.covers(key) ? null : undefined;
  }

  /** The same at this moment; later writes don't show in it. O(1). */
  view(): Pick<WriteSet, "points" | "cleared" | "lookup"> {
    const points = this.points.snapshot();
    const cleared = this.cleared.snapshot();
    return {
      points,
      cleared,
      lookup: (key) => {
        const value = points.get(key);
        if (value !== undefined) return value;
        return cleared.covers(key) ? null : undefined;
      },
    };
  }

  /** Does to this what `later` does. O(size of `later` x log); the points O(1) where there are none here. */
  absorb(later: WriteSet): void {
    if (this.#points.size === 0 && later.cleared.size === 0) {
      this.#points = later.points.snapshot();
      this.#pointBytes = later.#pointBytes;
    } else this.#absorbPoints(later);
    if (later.declared.size > 0) for (const span of later.declared.list()) this.declareSpan(span);
  }

  #absorbPoints(later: WriteSet): void {
    if (later.cleared.size > 0) for (const span of later.cleared.list()) this.clearSpan(span);
    later.points.visitAll((key, value) => {
      this.set(key, value);
      return true;
    });
  }
}
