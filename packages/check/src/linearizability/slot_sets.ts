// Sets of slots, numbered: equal sets have equal numbers.

import { IntegerTable } from "./integer_table.ts";

/** Numbered sets of slots below a bound. Set 0 is empty. */
export class SlotSets {
  readonly #words: number;
  // `words` integers for each set, 32 slots in each.
  #bits: Int32Array;
  #count = 1;
  // Numbers of sets by their content: of one word, and of any.
  readonly #narrow = new IntegerTable();
  readonly #wide = new Map<string, number>();
  readonly #toggled = new IntegerTable();

  /** @param slots - How many slots there are. */
  constructor(slots: number) {
    this.#words = Math.max(1, Math.ceil(slots / 32));
    this.#bits = new Int32Array(Math.max(32, 2 * this.#words));
    this.#remember(0);
  }

  /** Whether `slot` is in set `set`. */
  has(set: number, slot: number): boolean {
    return ((this.#bits[set * this.#words + (slot >>> 5)]! >>> (slot & 31)) & 1) === 1;
  }

  /** Whether all of set `a` is in set `b`. */
  isWithin(a: number, b: number): boolean {
    if (a === b || a === 0) return true;
    const bits = this.#bits;
    for (let word = 0; word < this.#words; word += 1) {
      if ((bits[a * this.#words + word]! & ~bits[b * this.#words + word]!) !== 0) return false;
    }
    return true;
  }

  /** The set that differs from `set` in `slot` alone. */
  toggle(set: number, slot: number): number {
    const known = this.#toggled.get(set, slot, 0);
    if (known >= 0) return known;
    const words = this.#words;
    if ((this.#count + 1) * words > this.#bits.length) {
      const grown = new Int32Array(this.#bits.length * 2);
      grown.set(this.#bits);
      this.#bits = grown;
    }
    // Written behind the last set, and kept there if it is a new one.
    const place = this.#count * words;
    this.#bits.copyWithin(place, set * words, (set + 1) * words);
    this.#bits[place + (slot >>> 5)]! ^= 1 << (slot & 31);
    const number = this.#remember(this.#count);
    if (number === this.#count) this.#count += 1;
    this.#toggled.set(set, slot, 0, number);
    return number;
  }

  // The number of the set whose bits lie at the place of `number`.
  #remember(number: number): number {
    const words = this.#words;
    if (words === 1) {
      const known = this.#narrow.get(this.#bits[number]!, 0, 0);
      if (known < 0) this.#narrow.set(this.#bits[number]!, 0, 0, number);
      return known < 0 ? number : known;
    }
    const key = this.#bits.subarray(number * words, (number + 1) * words).join();
    const known = this.#wide.get(key);
    if (known === undefined) this.#wide.set(key, number);
    return known ?? number;
  }
}
