// Chance from a seed: xoshiro128** 1.1, seeded through splitmix32.
//
// For simulation, tests, jitter and ids inside a simulated World; never for
// secrets. Same seed, same sequence, on every platform.
// Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021.

/** Where chance comes from. */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  next(): number;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
}

/** A reproducible {@link Random}. */
export class SeededRandom implements Random {
  readonly #state = new Uint32Array(4);

  /** @param seed - Any safe integer; both its halves count. */
  constructor(seed: number) {
    let mix = (seed >>> 0) ^ Math.imul(Math.floor(seed / 0x1_0000_0000) >>> 0, 0x85ebca6b);
    for (let index = 0; index < 4; index += 1) {
      mix = (mix + 0x9e3779b9) >>> 0;
      let word = mix;
      word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      this.#state[index] = word ^ (word >>> 15);
    }
  }

  next(): number {
    const high = this.u32() >>> 5;
    const low = this.u32() >>> 6;
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index += 1) bytes[index] = this.u32() >>> 24;
    return bytes;
  }

  /** An integer from 0 to 2^32 - 1. */
  u32(): number {
    const state = this.#state;
    const scrambled = Math.imul(rotate(Math.imul(state[1]!, 5), 7), 9) >>> 0;
    const shifted = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotate(state[3]!, 11);
    return scrambled;
  }
}

/** An integer from 0 up to, not including, `bound` (1 to 2^53). */
export function randomBelow(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}

/** One of `choices`, of which there is at least one. */
export function randomItem<T>(random: Random, choices: readonly T[]): T {
  return choices[randomBelow(random, choices.length)]!;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
