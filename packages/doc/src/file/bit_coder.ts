// Bits, written in less than a bit each where they can be foreseen.
//
// An adaptive binary range coder. Whoever codes a bit names two places in tables of
// states; each state is a guess at how often a 1 comes there, and learns from what comes.
// The reader goes through the same states, so nothing of them is written.
//
// The method, exactly, since the bytes depend on it (all divisions are of integers, and
// round towards zero):
//   state     chance of a 1, of 65,536, times 32, plus how many bits it has seen, up to 30;
//             at first 32,768 and 0
//   one place      chance = its chance
//   two places     chance = (a.chance * (a.seen + 1) + b.chance * 4 * b.seen) /
//                           (a.seen + 1 + 4 * b.seen)
//             then at least 1,024 and at most 64,512, so that no byte stands for much
//   learning  chance += (target - chance) * 2 / (2 * seen + 3); target 65,535 after a 1, else 0
//   coding    range is 2^31 - 1 at first, and below 2^23 a byte is shifted out of it;
//             a 1 takes the lower (range / 65,536) * chance of it, a 0 the rest
// What is written is the least number of bytes, big-endian, that lie in the final range;
// at most four zero bytes of its end are left out, and read as if they were there.
//
// Invariants:
//   F1  A bit costs at least 1/45 of a bit, so that `n` bytes hold at most 360 (n + 8) bits.
//
// Sources: Martin, "Range encoding", 1979; Schindler's range coder (31 bits, carries);
// Mahoney, "Adaptive weighing of context models", 2005, for adapting by what was seen.
// Departures: two contexts, weighed by what each has seen; no floating point. Why not a
// library: docs/formats/document.md.

import { HoldfastError } from "@holdfast/std";

/** States of a table's places. */
export type BitTable = Uint32Array;

/** A table of `size` places that have seen nothing. */
export function bitTable(size: number): BitTable {
  return new Uint32Array(size).fill(32_768 << 5);
}

/** Writes bits, or reads them: then the bits that are passed in do not matter. */
export interface BitCoder {
  /** Codes a bit that two places foresee. Returns it. */
  bit(a: BitTable, atA: number, b: BitTable, atB: number, bit: number): number;
  /** Codes a bit that one place foresees. Returns it. */
  lone(table: BitTable, at: number, bit: number): number;
}

const seenMax = 30;
const chanceMin = 1_024;
const chanceMax = 65_536 - chanceMin;
const rangeStart = 2 ** 31 - 1;
const rangeMin = 2 ** 23;

function clip(chance: number): number {
  return Math.max(chanceMin, Math.min(chance, chanceMax));
}

function blend(a: number, b: number): number {
  const seenA = (a & 31) + 1;
  const seenB = (b & 31) * 4;
  return clip((((a >>> 5) * seenA + (b >>> 5) * seenB) / (seenA + seenB)) | 0);
}

function learn(table: BitTable, at: number, bit: number): void {
  const state = table[at]!;
  const seen = state & 31;
  const chance = state >>> 5;
  const target = bit === 1 ? 65_535 : 0;
  const next = chance + ((((target - chance) * 2) / (2 * seen + 3)) | 0);
  table[at] = (next << 5) | (seen < seenMax ? seen + 1 : seen);
}

/** Writes bits. */
export class BitEncoder implements BitCoder {
  readonly #bytes: number[] = [];
  #low = 0;
  #range = rangeStart;
  // The last byte that was shifted out, which a carry may still change; -1 before the first.
  #held = -1;
  // How many bytes of 255 follow it.
  #full = 0;

  bit(a: BitTable, atA: number, b: BitTable, atB: number, bit: number): number {
    this.#code(blend(a[atA]!, b[atB]!), bit);
    learn(a, atA, bit);
    learn(b, atB, bit);
    return bit;
  }

  lone(table: BitTable, at: number, bit: number): number {
    this.#code(clip(table[at]! >>> 5), bit);
    learn(table, at, bit);
    return bit;
  }

  /** What was written. Nothing can be written after this. */
  finish(): Uint8Array {
    // The number in the range with the most zeros at its end.
    for (let unit = 2 ** 32; unit >= 1; unit /= 256) {
      const rounded = Math.ceil(this.#low / unit) * unit;
      if (rounded >= this.#low + this.#range) continue;
      this.#low = rounded;
      break;
    }
    for (let count = 0; count < 5; count += 1) this.#shift();
    const bytes = this.#bytes;
    for (let count = 0; count < 4 && bytes.at(-1) === 0; count += 1) bytes.pop();
    return Uint8Array.from(bytes);
  }

  #code(chance: number, bit: number): void {
    const bound = (this.#range >>> 16) * chance;
    if (bit === 1) this.#range = bound;
    else {
      this.#low += bound;
      this.#range -= bound;
    }
    while (this.#range < rangeMin) {
      this.#range *= 256;
      this.#shift();
    }
  }

  #shift(): void {
    const carry = this.#low >= 2 ** 32 ? 1 : 0;
    if (carry === 1 || this.#low < 0xff000000) {
      if (this.#held >= 0) this.#bytes.push(this.#held + carry);
      for (; this.#full > 0; this.#full -= 1) this.#bytes.push((255 + carry) & 255);
      this.#held = Math.floor(this.#low / 2 ** 24) & 255;
    } else this.#full += 1;
    this.#low = (this.#low % 2 ** 24) * 256;
  }
}

/** Reads what {@link BitEncoder} wrote. */
export class BitDecoder implements BitCoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  #code = 0;
  #range = rangeStart;

  /** @throws {HoldfastError} `corrupt`, as each read does, where no encoder wrote this. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let count = 0; count < 4; count += 1) this.#code = this.#code * 256 + this.#next();
    if (this.#code >= rangeStart) throw corrupt("coded bits begin outside of their range");
  }

  bit(a: BitTable, atA: number, b: BitTable, atB: number): number {
    const bit = this.#decode(blend(a[atA]!, b[atB]!));
    learn(a, atA, bit);
    learn(b, atB, bit);
    return bit;
  }

  lone(table: BitTable, at: number): number {
    const bit = this.#decode(clip(table[at]! >>> 5));
    learn(table, at, bit);
    return bit;
  }

  /** @throws {HoldfastError} `corrupt` where bytes are left over. */
  end(): void {
    if (this.#at < this.#bytes.length) throw corrupt("coded bits end before their bytes do");
  }

  #decode(chance: number): number {
    const bound = (this.#range >>> 16) * chance;
    let bit = 1;
    if (this.#code < bound) this.#range = bound;
    else {
      this.#code -= bound;
      this.#range -= bound;
      bit = 0;
    }
    while (this.#range < rangeMin) {
      this.#range <<= 8;
      this.#code = (this.#code << 8) | this.#next();
    }
    return bit;
  }

  #next(): number {
    const at = this.#at;
    if (at >= this.#bytes.length + 4) throw corrupt("coded bits end too early");
    this.#at = at + 1;
    return at < this.#bytes.length ? this.#bytes[at]! : 0;
  }
}

function corrupt(sentence: string): HoldfastError {
  return new HoldfastError("corrupt", sentence);
}
