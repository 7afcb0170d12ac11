// Finds words in the lines of a run. The lines are made when somebody searches, once.

import type { Notation } from "../notation.ts";

/** Search over all lines. */
export class Search {
  readonly #notation: Notation;
  readonly #count: number;
  #lines: readonly string[] | null = null;
  /** What the present words were found in, ascending. */
  matches: readonly number[] = [];

  constructor(notation: Notation, count: number) {
    this.#notation = notation;
    this.#count = count;
  }

  /** Finds all records whose line contains `words`, letter case aside. Nothing is found for no words. */
  find(words: string): readonly number[] {
    const wanted = words.trim().toLowerCase();
    this.matches = [];
    if (wanted === "") return this.matches;
    this.#lines ??= Array.from({ length: this.#count }, (_, index) =>
      this.#notation.line(index).toLowerCase(),
    );
    const found: number[] = [];
    this.#lines.forEach((line, index) => {
      if (line.includes(wanted)) found.push(index);
    });
    this.matches = found;
    return found;
  }

  /** The match after `record`, or before it; beyond the last comes the first. -1 where there is none. */
  next(record: number, step: 1 | -1): number {
    const { matches } = this;
    if (matches.length === 0) return -1;
    if (step === 1) return matches.find((match) => match > record) ?? matches[0]!;
    const later = matches.findIndex((match) => match >= record);
    return matches.at(later <= 0 ? -1 : later - 1)!;
  }
}
