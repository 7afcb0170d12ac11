// Bits, written in less than a bit each where they can be foreseen.
//
// An adaptive binary range coder. Whoever codes a bit names one or two places, each with
// a state: a guess at how often a 1 comes there, which learns from what comes. The reader
// goes through the same states, so nothing of them is written. Several bits make a tree:
// the places of each bit depend on the bits before it, from 1 at its root to 2 n + bit below n.
//
// The method, exactly, since the bytes depend on it. All numbers are integers, divisions
// round down, and `>>` does so below zero, too:
//   state          chance of a 1, of 65,536, and how many bits it has seen, up to 30;
//                  at first 32,768 and 0
//   one place      chance = its chance
//   two places     share = 4,096 * 4 * b.seen / (a.seen + 1 + 4 * b.seen)
//                  chance = a.chance + ((b.chance - a.chance) * share >> 12)
//                  then at least 1,024 and at most 64,512, so that no byte stands for much
//   learning       rate = 8,192 / (2 * seen + 3)
//                  chance += (target - chance) * rate >> 12; target 65,535 after a 1, else 0
//   coding         range is 2^31 - 1 at first, and below 2^23 a byte is shifted out of it;
//                  a 1 takes the lower (range / 65,536) * chance of it, a 0 the rest
//   plain bits     n of them, up to 12: unit = range / 2^n; their value v takes the unit from
//                  v * unit on
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

const seenMax = 30;
const stateStart = 32_768 << 5;
const chanceMin = 1_024;
const chanceMax = 65_536 - chanceMin;
const rangeStart = 2 ** 31 - 1;
const rangeMin = 2 ** 23;
const placesAtFirst = 1_024;

// By how much a state learns, by what it has seen; the share of b by what a and b have seen.
const rates = Int32Array.from({ length: seenMax + 1 }, (_, seen) => 8_192 / (2 * seen + 3));
const shares = Int32Array.from({ length: 32 * 32 }, (_, both) => {
  const seenB = 4 * (both & 31);
  return (4_096 * seenB) / ((both >> 5) + 1 + seenB);
});

function clip(chance: number): number {
  return Math.max(chanceMin, Math.min(chance, chanceMax));
}

function learned(state: number, bit: number): number {
  const seen = state & 31;
  const chance = state >> 5;
  const next = chance + ((((bit === 1 ? 65_535 : 0) - chance) * rates[seen]!) >> 12);
  return (next << 5) | (seen < seenMax ? seen + 1 : seen);
}

/** Writes bits, or reads them: then the values that are passed in do not matter. */
export abstract class BitCoder {
  protected states = new Int32Array(placesAtFirst).fill(stateStart);
  #placeCount = 0;

  /** Makes so many places, and returns the first one's number. */
  places(count: number): number {
    const first = this.#placeCount;
    this.#placeCount += count;
    const { length } = this.states;
    if (this.#placeCount > length) {
      const grown = new Int32Array(Math.max(this.#placeCount, length * 2));
      grown.set(this.states);
      this.states = grown.fill(stateStart, length);
    }
    return first;
  }

  /** Codes the lowest `height` bits of a value, highest first, by the trees at `a` and `b`. Returns them. */
  abstract tree(a: number, b: number, height: number, value: number): number;

  /** Codes a bit by one place. Returns it. */
  abstract bit(place: number, bit: number): number;

  /** Codes a value of 1 to 12 bits, of which nothing is foreseen. Returns it. */
  abstract plain(height: number, value: number): number;
}

/** Writes bits. */
export class BitEncoder extends BitCoder {
  readonly #bytes: number[] = [];
  #low = 0;
  #range = rangeStart;
  // The last byte that was shifted out, which a carry may still change; -1 before the first.
  #held = -1;
  // How many bytes of 255 follow it.
  #full = 0;

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

  tree(a: number, b: number, height: number, value: number): number {
    const { states } = this;
    let node = 1;
    for (let left = height - 1; left >= 0; left -= 1) {
      const stateA = states[a + node]!;
      const stateB = states[b + node]!;
      const chanceA = stateA >> 5;
      const share = shares[((stateA & 31) << 5) | (stateB & 31)]!;
      const bit = (value >> left) & 1;
      this.#code(clip(chanceA + ((((stateB >> 5) - chanceA) * share) >> 12)), bit);
      states[a + node] = learned(stateA, bit);
      states[b + node] = learned(stateB, bit);
      node = node * 2 + bit;
    }
    return value;
  }

  bit(place: number, bit: number): number {
    const state = this.states[place]!;
    this.#code(clip(state >> 5), bit);
    this.states[place] = learned(state, bit);
    return bit;
  }

  plain(height: number, value: number): number {
    const unit = this.#range >>> height;
    this.#low += unit * value;
    this.#range = unit;
    this.#normalize();
    return value;
  }

  #code(chance: number, bit: number): void {
    const bound = (this.#range >>> 16) * chance;
    if (bit === 1) this.#range = bound;
    else {
      this.#low += bound;
      this.#range -= bound;
    }
    this.#normalize();
  }

  #normalize(): void {
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
      this.#held = (this.#low / 2 ** 24) & 255;
    } else this.#full += 1;
    this.#low = (this.#low & 0xffffff) * 256;
  }
}

/** Reads what {@link BitEncoder} wrote. */
export class BitDecoder extends BitCoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  #offset = 0;
  #range = rangeStart;

  /** @throws {HoldfastError} `corrupt`, as each read does, where no encoder wrote this. */
  constructor(bytes: Uint8Array) {
    super();
    this.#bytes = bytes;
    for (let count = 0; count < 4; count += 1) this.#offset = this.#offset * 256 + this.#next();
    if (this.#offset >= rangeStart) throw corrupt("coded bits begin outside of their range");
  }

  /** @throws {HoldfastError} `corrupt` where bytes are left over. */
  end(): void {
    if (this.#at < this.#bytes.length) throw corrupt("coded bits end before their bytes do");
  }

  // All of it in one loop, and no number beyond 2^31: a process that has just started reads
  // its first document with code that is not compiled yet. And too long to be compiled anew
  // into each of its callers, which took longer than it saved.
  tree(a: number, b: number, height: number): number {
    const { states } = this;
    const bytes = this.#bytes;
    let next = this.#at;
    let range = this.#range;
    let offset = this.#offset;
    let node = 1;
    for (let left = height; left > 0; left -= 1) {
      const stateA = states[a + node]!;
      const stateB = states[b + node]!;
      const seenA = stateA & 31;
      const seenB = stateB & 31;
      const chanceA = stateA >> 5;
      const chanceB = stateB >> 5;
      let chance = chanceA + (((chanceB - chanceA) * shares[(seenA << 5) | seenB]!) >> 12);
      if (chance < chanceMin) chance = chanceMin;
      else if (chance > chanceMax) chance = chanceMax;
      const bound = (range >> 16) * chance;
      let target = 0;
      let bit = 0;
      if (offset < bound) {
        range = bound;
        target = 65_535;
        bit = 1;
      } else {
        offset -= bound;
        range -= bound;
      }
      const nextA = chanceA + (((target - chanceA) * rates[seenA]!) >> 12);
      const nextB = chanceB + (((target - chanceB) * rates[seenB]!) >> 12);
      states[a + node] = (nextA << 5) | (seenA < seenMax ? seenA + 1 : seenA);
      states[b + node] = (nextB << 5) | (seenB < seenMax ? seenB + 1 : seenB);
      node = node * 2 + bit;
      while (range < rangeMin) {
        if (next >= bytes.length + 4) throw corrupt("coded bits end too early");
        range <<= 8;
        offset = (offset << 8) | (next < bytes.length ? bytes[next]! : 0);
        next += 1;
      }
    }
    this.#at = next;
    this.#range = range;
    this.#offset = offset;
    return node - (1 << height);
  }

  bit(place: number): number {
    const state = this.states[place]!;
    const bound = (this.#range >> 16) * clip(state >> 5);
    const bit = this.#offset < bound ? 1 : 0;
    this.#range = bit === 1 ? bound : this.#range - bound;
    if (bit === 0) this.#offset -= bound;
    this.#normalize();
    this.states[place] = learned(state, bit);
    return bit;
  }

  plain(height: number): number {
    const unit = this.#range >> height;
    const value = Math.floor(this.#offset / unit);
    if (value >= 1 << height) throw corrupt("coded bits lie outside of their range");
    this.#offset -= value * unit;
    this.#range = unit;
    this.#normalize();
    return value;
  }

  #normalize(): void {
    while (this.#range < rangeMin) {
      this.#range <<= 8;
      this.#offset = (this.#offset << 8) | this.#next();
    }
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
