// Numbers for values, so that a state of a whole network is a few small numbers,
// and comparing, hashing and renaming it costs next to nothing.

import { assert } from "@holdfast/std";
import { canonicalText, type Renaming } from "./canonical.ts";

/** Gives equal values the same number. Keeps each value and its text for ever. */
export class Interner<T> {
  readonly #renamings: readonly Renaming[];
  readonly #numbers = new Map<string, number>();
  // By number; absent where only the text is known, of a value that was renamed.
  readonly #values: (T | undefined)[] = [];
  // By renaming, by number: the number of the renamed value.
  readonly #renamed: number[][];

  /** @param renamings - The first one must change nothing. */
  constructor(renamings: readonly Renaming[]) {
    this.#renamings = renamings;
    this.#renamed = renamings.map(() => []);
  }

  /** The number of `value`, from 0. O(size of value). */
  number(value: T): number {
    const number = this.#numberOf(canonicalText(value, this.#renamings[0]!));
    this.#values[number] ??= value;
    return number;
  }

  /** The value that was given for `number` first. */
  value(number: number): T {
    const value = this.#values[number];
    assert(value !== undefined, "a number that no value was given for");
    return value;
  }

  /** The number of the same value with its names exchanged by the renaming of that index. Amortized O(1). */
  renamed(number: number, renaming: number): number {
    if (renaming === 0) return number;
    const known = this.#renamed[renaming]![number];
    if (known !== undefined) return known;
    const text = canonicalText(this.value(number), this.#renamings[renaming]!);
    const renamed = this.#numberOf(text);
    this.#renamed[renaming]![number] = renamed;
    return renamed;
  }

  #numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }
}
