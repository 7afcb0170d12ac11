// All text that was ever inserted, one unit after another.
//
// A flat array of UTF-16 units: it grows by doubling, a piece of it is read in
// time that depends on the piece alone, and it keeps no small objects. Strings
// joined by `+=` would be shorter here, but reading the end of a long one
// copies all of it.

import { copyUnits } from "@holdfast/std";

/** Stands for each unit whose text was left out of a file. */
export const unknownUnit = "\ufffd";

const unitsAtATime = 8192;

/** An append-only string, or the end of one. */
export class ContentLog {
  /** Where what is held begins. */
  readonly start: number;
  #units = new Uint16Array(64);
  // Units held.
  #size = 0;
  #hasSurrogates = false;

  /**
   * @param start - How many units come before, which are not held.
   * @param hasSurrogates - Whether there may be a surrogate among these.
   */
  constructor(start = 0, hasSurrogates = false) {
    this.start = start;
    this.#hasSurrogates = hasSurrogates;
  }

  /** Tells whether it ever held a surrogate: never false where it does. */
  get hasSurrogates(): boolean {
    return this.#hasSurrogates;
  }

  /** The units from {@link start} on, and room for more; to read, and until the next `append` only. */
  get units(): Uint16Array {
    return this.#units;
  }

  /** Units that there are; also where the next one goes. */
  get size(): number {
    return this.start + this.#size;
  }

  /** Adds the units `from` up to, not including, `to` of `text` at the end. O(length). */
  append(text: string, from = 0, to = text.length): void {
    const needed = this.#size + (to - from);
    if (needed > this.#units.length) {
      const grown = new Uint16Array(Math.max(needed, this.#units.length * 2));
      grown.set(this.#units.subarray(0, this.#size));
      this.#units = grown;
    }
    if (copyUnits(text, from, to, this.#units, this.#size)) this.#hasSurrogates = true;
    this.#size = needed;
  }

  /** The unit at `at`. */
  unit(at: number): number {
    return this.#units[at - this.start]!;
  }

  /** The units `from` up to, not including, `to`. O(length). */
  slice(from: number, to: number): string {
    const first = from - this.start;
    const end = to - this.start;
    if (end - first <= unitsAtATime) return this.#piece(first, end);
    const pieces: string[] = [];
    for (let at = first; at < end; at += unitsAtATime) {
      pieces.push(this.#piece(at, Math.min(end, at + unitsAtATime)));
    }
    return pieces.join("");
  }

  /** Forgets what lies at `size` and after. */
  truncate(size: number): void {
    this.#size = size - this.start;
  }

  /** This, behind `beginning`, which holds all that comes before. O(units). */
  behind(beginning: ContentLog): ContentLog {
    const whole = new ContentLog(beginning.start, this.#hasSurrogates);
    whole.#size = this.size - beginning.start;
    whole.#units = new Uint16Array(whole.#size + this.#units.length - this.#size);
    whole.#units.set(beginning.#units.subarray(0, beginning.#size));
    whole.#units.set(this.#units.subarray(0, this.#size), beginning.#size);
    return whole;
  }

  #piece(from: number, to: number): string {
    if (to - from === 1) return String.fromCharCode(this.#units[from]!);
    const units = this.#units.subarray(from, to);
    return String.fromCharCode.apply(null, units as unknown as number[]);
  }
}
