// The states that a list was read in, kept once however often they were read.
//
// A list only grows, so all reads of a key should be beginnings of one longest list. So
// a key has a branch, which is the longest list so far, and a read is a branch and a
// length. A read that does not fit begins another branch: two lists that can't both have
// been the same list once. In a history without such reads, each read costs comparing it.

import { HoldfastError } from "@holdfast/std";
import { IntColumn } from "../graph/int_column.ts";
import { listLengthMax, type Value } from "./transaction.ts";
import type { Place } from "./value_table.ts";

/** A list that was read; shorter reads of it are its beginnings. */
export interface Branch {
  readonly key: number;
  readonly values: Value[];
  /** The number of each value among all values of all keys. */
  readonly elements: number[];
  /** The shortest length at which it holds a value twice; Infinity where it does not. */
  repeatsFrom: number;
  /** Its elements, to find repeated ones; null while it is its key's only branch. */
  members: Set<number> | null;
}

// Beyond this many branches of a key, a read that does not fit the newest gets its own.
const branchesTriedMax = 64;

/** All branches of all keys. */
export class ListBranches {
  readonly branches: Branch[] = [];
  // The first branch of each key; -1 where it has none.
  readonly #first = new IntColumn(256);
  readonly #element: (key: number, value: Value) => number;
  // 1 for each element that its key's only branch holds.
  readonly #held = new IntColumn(1024);

  /** `element` numbers a value of a key. */
  constructor(element: (key: number, value: Value) => number) {
    this.#element = element;
  }

  /** The branch that this read is a beginning of, which grows where the read is longer. */
  read(key: number, list: readonly Value[], at: Place): number {
    if (list.length > listLengthMax) {
      const sentence = `${at.where()}: a list of ${list.length} values; at most ${listLengthMax}`;
      throw new HoldfastError("too_large", sentence);
    }
    while (this.#first.size <= key) this.#first.push(-1);
    const first = this.#first.at(key);
    if (first === -1) {
      const made = this.#begin(key, list, null);
      this.#first.set(key, made);
      return made;
    }
    if (this.#fits(first, list)) return first;
    return this.#readAnother(key, first, list);
  }

  #readAnother(key: number, first: number, list: readonly Value[]): number {
    const all = this.#all.get(key) ?? [first];
    for (const other of all.slice(1).slice(-branchesTriedMax)) {
      if (this.#fits(other, list)) return other;
    }
    const only = this.branches[first]!;
    only.members ??= new Set(only.elements);
    const made = this.#begin(key, list, new Set());
    all.push(made);
    this.#all.set(key, all);
    return made;
  }

  // All branches of the keys that have more than one.
  readonly #all = new Map<number, number[]>();

  /** All branches of a key, by when they were begun. */
  ofKey(key: number): readonly number[] {
    const first = key < this.#first.size ? this.#first.at(key) : -1;
    return this.#all.get(key) ?? (first === -1 ? [] : [first]);
  }

  /** Keys with more than one branch. */
  forkedKeys(): Iterable<number> {
    return this.#all.keys();
  }

  #begin(key: number, list: readonly Value[], members: Set<number> | null): number {
    const repeatsFrom = Number.POSITIVE_INFINITY;
    const branch: Branch = { key, values: [], elements: [], repeatsFrom, members };
    const number = this.branches.push(branch) - 1;
    this.#extend(number, list);
    return number;
  }

  #fits(number: number, list: readonly Value[]): boolean {
    const { values } = this.branches[number]!;
    const length = Math.min(values.length, list.length);
    for (let place = 0; place < length; place += 1) {
      if (values[place] !== list[place]) return false;
    }
    if (list.length > values.length) this.#extend(number, list);
    return true;
  }

  #extend(number: number, list: readonly Value[]): void {
    const branch = this.branches[number]!;
    for (let place = branch.values.length; place < list.length; place += 1) {
      const value = list[place]!;
      const element = this.#element(branch.key, value);
      if (this.#holds(branch, element) && branch.repeatsFrom === Number.POSITIVE_INFINITY) {
        branch.repeatsFrom = place + 1;
      }
      branch.values.push(value);
      branch.elements.push(element);
    }
  }

  // Whether a branch holds an element already; from now on it does.
  #holds({ members }: Branch, element: number): boolean {
    if (members !== null) {
      const known = members.has(element);
      members.add(element);
      return known;
    }
    while (this.#held.size <= element) this.#held.push(0);
    const known = this.#held.at(element) === 1;
    this.#held.set(element, 1);
    return known;
  }
}
