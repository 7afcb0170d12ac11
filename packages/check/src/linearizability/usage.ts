// How many operations of unknown outcome took effect, by sort: vectors of counts,
// numbered so that equal vectors have equal numbers.

import { IntegerTable } from "./integer_table.ts";

/** Numbered vectors of counts. Vector 0 is all zeros. */
export class Usages {
  readonly #width: number;
  #counts: Uint32Array;
  // A hash of each vector: the sum of what each count adds.
  readonly #hashes: number[] = [0];
  // Numbers by hash, and by how many others with that hash came before.
  readonly #numbers = new IntegerTable();
  readonly #next = new IntegerTable();

  /** @param width - How many sorts there are. */
  constructor(width: number) {
    this.#width = width;
    this.#counts = new Uint32Array(Math.max(64, width * 2));
    this.#numbers.set(0, 0, 0, 0);
  }

  /** How many of `sort` a vector counts. */
  count(usage: number, sort: number): number {
    return this.#counts[usage * this.#width + sort]!;
  }

  /** The vector with one more of `sort`. */
  more(usage: number, sort: number): number {
    const known = this.#next.get(usage, sort, 0);
    if (known >= 0) return known;
    const width = this.#width;
    const size = this.#hashes.length;
    if ((size + 1) * width > this.#counts.length) {
      const grown = new Uint32Array(this.#counts.length * 2);
      grown.set(this.#counts);
      this.#counts = grown;
    }
    // Written behind the last vector, and kept there if it is a new one.
    this.#counts.copyWithin(size * width, usage * width, (usage + 1) * width);
    this.#counts[size * width + sort]! += 1;
    const number = this.#remember((this.#hashes[usage]! + weightOf(sort)) | 0);
    this.#next.set(usage, sort, 0, number);
    return number;
  }

  /** Whether vector `a` counts no more of any sort than `b`. */
  isWithin(a: number, b: number): boolean {
    if (a === b || a === 0) return true;
    const counts = this.#counts;
    const width = this.#width;
    for (let sort = 0, i = a * width, j = b * width; sort < width; sort += 1, i += 1, j += 1) {
      if (counts[i]! > counts[j]!) return false;
    }
    return true;
  }

  // The number of the vector that lies behind the last one.
  #remember(hash: number): number {
    const size = this.#hashes.length;
    for (let others = 0; ; others += 1) {
      const number = this.#numbers.get(hash, others, 0);
      if (number >= 0 && !this.#isEqual(number, size)) continue;
      if (number >= 0) return number;
      this.#numbers.set(hash, others, 0, size);
      this.#hashes.push(hash);
      return size;
    }
  }

  #isEqual(a: number, b: number): boolean {
    const counts = this.#counts;
    for (let i = a * this.#width, j = b * this.#width; i < (a + 1) * this.#width; i += 1, j += 1) {
      if (counts[i] !== counts[j]) return false;
    }
    return true;
  }
}

function weightOf(sort: number): number {
  const mixed = Math.imul(sort + 1, 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
}
