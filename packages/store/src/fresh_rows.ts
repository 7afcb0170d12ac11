// Writes that add up to one set: in order, and the latest of them without order.
//
// What is applied is mostly written anew, or goes to the engine, before anybody asks for it in
// order. So keys that are set lie in a plain map, which costs a fraction of a place in order;
// and are put in order when a view is taken, and when the engine is to have them.
//
// Invariants:
//   FR1  What is shown is what was absorbed, in the order of the calls.

import type { KeyText } from "./key.ts";
import { OrderedMap } from "./ordered_map.ts";
import { WriteSet } from "./write_set.ts";

/** What a key was set to last. */
interface Latest {
  readonly key: KeyText;
  value: Uint8Array | null;
}

/** See the head of this file. */
export class FreshRows {
  #ordered = new WriteSet();
  /** Written later than all that is in order. */
  readonly #latest = new Map<KeyText, Latest>();
  #latestBytes = 0;

  /** About how many bytes it keeps. */
  get sizeBytes(): number {
    return this.#ordered.sizeBytes + this.#latestBytes;
  }

  /** Whether nothing is written. */
  get isEmpty(): boolean {
    return this.#latest.size === 0 && this.#ordered.isEmpty;
  }

  /** Does to this what `later` does. O(its keys), unless it clears spans. */
  absorb(later: WriteSet): void {
    if (later.cleared.size > 0 || later.declared.size > 0) {
      this.inOrder().absorb(later);
      return;
    }
    later.points.visitAll((key, value) => {
      this.set(key, value);
      return true;
    });
  }

  /** `value` is kept as it is: the caller must not change it afterwards. O(1). */
  set(key: KeyText, value: Uint8Array | null): void {
    this.#latestBytes += value === null ? 0 : value.length;
    const found = this.#latest.get(key);
    if (found === undefined) {
      this.#latestBytes += key.length;
      this.#latest.set(key, { key, value });
    } else {
      // Not set in the map again, which would look for it again.
      this.#latestBytes -= found.value === null ? 0 : found.value.length;
      found.value = value;
    }
  }

  /** What `key` reads as: a value, null where it is cleared, undefined where it isn't written. O(1), or as of a `WriteSet`. */
  lookup(key: KeyText): Uint8Array | null | undefined {
    const latest = this.#latest.get(key);
    return latest === undefined ? this.#ordered.lookup(key) : latest.value;
  }

  /** As `WriteSet.view`; costs what {@link inOrder} does. */
  view(): ReturnType<WriteSet["view"]> {
    return this.inOrder().view();
  }

  /** All of it, in order; more may be written there until the next call of {@link absorb}. O(n log n) of what came since the last time. */
  inOrder(): WriteSet {
    const latest = this.#latest;
    if (latest.size === 0) return this.#ordered;
    if (this.#ordered.isEmpty) {
      const sets = [...latest.values()].sort(byKey);
      const keys = sets.map(({ key }) => key);
      const values = sets.map(({ value }) => value);
      this.#ordered = new WriteSet(OrderedMap.ofSorted(keys, values));
    } else for (const { key, value } of latest.values()) this.#ordered.set(key, value);
    latest.clear();
    this.#latestBytes = 0;
    return this.#ordered;
  }
}

function byKey({ key: one }: Latest, { key: other }: Latest): number {
  return one < other ? -1 : 1;
}
