// Which states were seen, and from where: a hash table without objects.
//
// Of a state's fingerprint, 64 bits of a hash are kept, and the text is dropped.
// Two different states are taken for one with a probability of about n²/2^65 for
// n states: one in 37 million for a million, one in 33,000 for 33 million. Then
// what is behind the second one goes unvisited; nothing wrong is reported.
//
// Hash: the body of MurmurHash3 (Austin Appleby, public domain), in two lanes of
// 32 bits that feed each other, over pairs of UTF-16 units.

import { assert, HoldfastError } from "@holdfast/std";
import { statesLimit } from "./model.ts";

// How many slots of the table may be taken before it is doubled.
const loadMax = 0.5;

/** Numbers states by their fingerprints, from 0, and remembers the way to each. */
export class StateTable {
  readonly #statesMax: number;
  // By slot: the number of a state and 1; 0 where it is free.
  #slots = new Uint32Array(1024);
  // By number.
  #high = new Uint32Array(256);
  #low = new Uint32Array(256);
  #parents = new Int32Array(256);
  #actions = new Uint32Array(256);
  #count = 0;

  /** @throws {HoldfastError} `invalid_argument` where `statesMax` is not from 1 to {@link statesLimit}. */
  constructor(statesMax: number) {
    if (!Number.isInteger(statesMax) || statesMax < 1 || statesMax > statesLimit) {
      const sentence = `statesMax of ${statesMax}, must be 1 to ${statesLimit}`;
      throw new HoldfastError("invalid_argument", sentence);
    }
    this.#statesMax = statesMax;
  }

  /** How many states were added. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds a state that `parent` led to by its `action`-th action; -1 and the index
   * of an initial state for such a one.
   *
   * @returns Its number where it is new, `known` or `full` else.
   */
  add(fingerprint: string, parent: number, action: number): number | "known" | "full" {
    const [high, low] = hash(fingerprint);
    const mask = this.#slots.length - 1;
    let slot = low & mask;
    for (let taken = this.#slots[slot]!; taken !== 0; taken = this.#slots[slot]!) {
      if (this.#low[taken - 1] === low && this.#high[taken - 1] === high) return "known";
      slot = (slot + 1) & mask;
    }
    if (this.#count >= this.#statesMax) return "full";
    if (this.#count === this.#high.length) this.#lengthen();
    const number = this.#count;
    this.#count += 1;
    this.#slots[slot] = this.#count;
    this.#high[number] = high;
    this.#low[number] = low;
    this.#parents[number] = parent;
    this.#actions[number] = action;
    if (this.#count > this.#slots.length * loadMax) this.#spread();
    return number;
  }

  /** The index of an initial state, then those of the actions that led from it to the state of this number. */
  path(number: number): number[] {
    assert(number < this.#count, "a way to a state that was never seen");
    const path: number[] = [];
    for (let at = number; at >= 0; at = this.#parents[at]!) path.push(this.#actions[at]!);
    return path.reverse();
  }

  #lengthen(): void {
    const length = this.#high.length * 2;
    const longer = <T extends Uint32Array | Int32Array>(into: T, from: T): T => {
      into.set(from);
      return into;
    };
    this.#high = longer(new Uint32Array(length), this.#high);
    this.#low = longer(new Uint32Array(length), this.#low);
    this.#parents = longer(new Int32Array(length), this.#parents);
    this.#actions = longer(new Uint32Array(length), this.#actions);
  }

  #spread(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#count; number += 1) {
      let slot = this.#low[number]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** 64 bits of `text`, as two unsigned numbers of 32. */
export function hash(text: string): readonly [high: number, low: number] {
  let first = 0x9747b28c;
  let second = 0x3c6ef372;
  const { length } = text;
  for (let index = 0; index < length; index += 2) {
    const next = index + 1 < length ? text.charCodeAt(index + 1) : 0;
    const word = text.charCodeAt(index) | (next << 16);
    first ^= Math.imul(rotate(Math.imul(word, 0x239b961b), 15), 0xab0e9789);
    first = (Math.imul(rotate(first, 19) + second, 5) + 0x561ccd1b) | 0;
    second ^= Math.imul(rotate(Math.imul(word, 0x38b34ae5), 17), 0xa1e38b93);
    second = (Math.imul(rotate(second, 13) + first, 5) + 0x0bcaa747) | 0;
  }
  first = finish((first ^ length) + second);
  second = finish((second ^ length) + first);
  return [(first + second) >>> 0, second >>> 0];
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function finish(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
