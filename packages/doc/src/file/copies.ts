// Repetitions: what of some bytes can be copied from bytes before them.
//
// Method (LZ77, as LZ4 and others cut it): bytes are literals, some of which are
// followed by a copy of what stands anywhere before. Where to look is kept in
// chains of places whose next six bytes have one hash, latest first. A copy waits when
// a longer one begins at the next byte. Text that was typed by and by mostly goes on
// where the last copy ended, behind a typo or two: there shorter copies may be taken, too.
//
// How well a writer finds copies is its own affair: any that reproduce the bytes are right.
//
// Source: Ziv and Lempel, "A universal algorithm for sequential data compression", 1977;
// lazy matching as in Deutsch, RFC 1951, section 4.

/** So many literals, and then so many bytes that also stand at `source`. */
export interface Copy {
  readonly literals: number;
  readonly length: number;
  /** Index of the first byte to copy. The bytes may reach into the copy itself. */
  readonly source: number;
}

const hashBits = 16;
const hashedBytes = 6;
const depthMax = 16;
// A copy of this length does not wait for a longer one.
const lengthEnough = 48;

/** How to look for copies. */
export interface CopySearch {
  /** Where the bytes to be written begin; those before may be copied from. */
  readonly start: number;
  /** Least length of a copy; 6 at least. */
  readonly lengthMin: number;
  /** Least length of one that begins where the last one ended; {@link lengthMin} at most. */
  readonly onwardLengthMin: number;
  /** How far back a copy reaches at most. */
  readonly reachMax: number;
}

/** Copies for `bytes` from `start` on, in order; what is left over at the end is literals. About O(n). */
export function findCopies(bytes: Uint8Array, search: CopySearch): readonly Copy[] {
  const { start } = search;
  const chains = new Chains(bytes, search);
  for (let at = 0; at < start; at += 1) chains.add(at);
  const copies: Copy[] = [];
  let expected = 0;
  let literals = 0;
  let at = start;
  while (at < bytes.length) {
    const best = chains.find(at, expected);
    chains.add(at);
    const waits =
      best.gain > 0 &&
      best.gain < lengthEnough &&
      chains.find(at + 1, expected).gain > best.gain + 1;
    if (best.gain === 0 || waits) {
      literals += 1;
      at += 1;
      continue;
    }
    copies.push({ literals, length: best.length, source: best.source });
    const end = at + best.length;
    for (at += 1; at < end; at += 1) chains.add(at);
    expected = best.source + best.length;
    literals = 0;
  }
  return copies;
}

interface Candidate {
  readonly length: number;
  readonly source: number;
  /** Its length, and more where it begins where the last copy ended: that takes few bits. */
  readonly gain: number;
}

class Chains {
  readonly #bytes: Uint8Array;
  readonly #search: CopySearch;
  // Latest place of each hash, and of each place the one before it with the same; plus 1.
  readonly #latest = new Uint32Array(2 ** hashBits);
  readonly #previous: Uint32Array;

  constructor(bytes: Uint8Array, search: CopySearch) {
    this.#bytes = bytes;
    this.#search = search;
    this.#previous = new Uint32Array(bytes.length);
  }

  add(at: number): void {
    if (at + hashedBytes > this.#bytes.length) return;
    const hash = this.#hash(at);
    this.#previous[at] = this.#latest[hash]!;
    this.#latest[hash] = at + 1;
  }

  /** The best copy at `at`, of no gain where there is none. From `expected`, where another is hardly longer. */
  find(at: number, expected: number): Candidate {
    const { lengthMin, onwardLengthMin, reachMax } = this.#search;
    let source = expected;
    let length = at - expected > reachMax ? 0 : this.#common(expected, at);
    let gain = length < onwardLengthMin ? 0 : length + lengthMin - onwardLengthMin;
    if (at + hashedBytes > this.#bytes.length) return { length, source, gain };
    const bytes = this.#bytes;
    let next = this.#latest[this.#hash(at)]!;
    for (let depth = 0; next > 0 && depth < depthMax && at - next < reachMax; depth += 1) {
      const place = next - 1;
      next = this.#previous[place]!;
      // No better than the best so far, as one look tells.
      if (bytes[place + gain] !== bytes[at + gain]) continue;
      const found = this.#common(place, at);
      if (found < lengthMin || found <= gain) continue;
      gain = found;
      length = found;
      source = place;
    }
    return { length, source, gain };
  }

  #common(source: number, at: number): number {
    const bytes = this.#bytes;
    if (source >= at) return 0;
    const max = bytes.length - at;
    let length = 0;
    while (length < max && bytes[source + length] === bytes[at + length]) length += 1;
    return length;
  }

  #hash(at: number): number {
    const bytes = this.#bytes;
    const low =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    const high = bytes[at + 4]! | (bytes[at + 5]! << 8);
    return (Math.imul(low, 0x9e3779b1) + Math.imul(high, 0x85ebca6b)) >>> (32 - hashBits);
  }
}
