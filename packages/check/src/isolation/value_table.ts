// Numbers for keys, values, and pairs of both, so that everything after the reading of a
// history works on arrays of integers.

import { HoldfastError } from "@holdfast/std";
import { textLengthMax } from "./transaction.ts";

const integerMax = 2 ** 29;

/** Can say where in a history it is; no closure, since one is asked for at every step. */
export interface Place {
  where(): string;
}

/** Numbers scalars. Small integers are their own number, so most histories need no lookup. */
export class ScalarTable {
  readonly #codes = new Map<string | number | boolean, number>();
  readonly #scalars: (string | number | boolean)[] = [];

  /** The number of a scalar; `at` says in an error which one it was. @throws {HoldfastError} */
  code(scalar: unknown, at: Place): number {
    if (typeof scalar === "number" && scalar >= 0 && scalar < integerMax && scalar % 1 === 0) {
      return scalar * 2;
    }
    const known = this.#codes.get(scalar as string);
    if (known !== undefined) return known;
    this.#refuse(scalar, at);
    const code = (this.#scalars.push(scalar as string) - 1) * 2 + 1;
    this.#codes.set(scalar as string, code);
    return code;
  }

  scalar(code: number): string | number | boolean {
    return code % 2 === 0 ? code / 2 : this.#scalars[(code - 1) / 2]!;
  }

  #refuse(scalar: unknown, at: Place): void {
    if (typeof scalar === "string") {
      if (scalar.length <= textLengthMax) return;
      const sentence = `${at.where()}: a text of ${scalar.length} characters; at most ${textLengthMax}`;
      throw new HoldfastError("too_large", sentence);
    }
    if (typeof scalar === "boolean" || (typeof scalar === "number" && !Number.isNaN(scalar)))
      return;
    const sort = scalar === null ? "null" : typeof scalar;
    throw new HoldfastError(
      "invalid_argument",
      `${at.where()}: a text, a number or a boolean was expected, and ${sort} found`,
    );
  }
}

/** Numbers pairs of two integers from 0 on: an open hash table of three integers an entry. */
export class PairTable {
  #left = new Int32Array(1024);
  #right = new Int32Array(1024);
  /** 0 where nothing is, otherwise the number and one. */
  #number = new Int32Array(1024);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  /** The number of a pair; -1 where it has none. */
  find(left: number, right: number): number {
    return this.#number[this.#slot(left, right)]! - 1;
  }

  /** The number of a pair, the next free one where it is new. */
  add(left: number, right: number): number {
    const slot = this.#slot(left, right);
    const known = this.#number[slot]!;
    if (known !== 0) return known - 1;
    this.#left[slot] = left;
    this.#right[slot] = right;
    this.#count += 1;
    this.#number[slot] = this.#count;
    if (this.#count * 2 > this.#number.length) this.#grow();
    return this.#count - 1;
  }

  #slot(left: number, right: number): number {
    const mask = this.#number.length - 1;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & mask;
    while (this.#number[slot] !== 0) {
      if (this.#left[slot] === left && this.#right[slot] === right) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const left = this.#left;
    const right = this.#right;
    const number = this.#number;
    this.#left = new Int32Array(left.length * 2);
    this.#right = new Int32Array(left.length * 2);
    this.#number = new Int32Array(left.length * 2);
    for (let old = 0; old < number.length; old += 1) {
      if (number[old] === 0) continue;
      const slot = this.#slot(left[old]!, right[old]!);
      this.#left[slot] = left[old]!;
      this.#right[slot] = right[old]!;
      this.#number[slot] = number[old]!;
    }
  }
}
