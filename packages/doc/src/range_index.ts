// Ranges of numbers that do not overlap, found by a number in them.
//
// A sorted array. Additions come nearly in order, and cuts move what is behind
// them by one, which for tens of thousands of ranges is a few microseconds.

/** The ids `id` up to, not including, `id + length`. */
export interface IdRange {
  readonly id: number;
  readonly length: number;
}

/** Finds ranges by number. */
export class RangeIndex<Range extends IdRange> {
  readonly #ranges: Range[] = [];

  /** Adds a range. It overlaps none that is here. */
  add(range: Range): void {
    const last = this.#ranges.at(-1);
    if (last === undefined || last.id < range.id) this.#ranges.push(range);
    else this.#ranges.splice(this.#indexAfter(range.id), 0, range);
  }

  /** The range that holds `id`, or undefined. O(log ranges). */
  find(id: number): Range | undefined {
    const range = this.#ranges[this.#indexAfter(id) - 1];
    return range !== undefined && id < range.id + range.length ? range : undefined;
  }

  /** Where the first range after `id` begins, or undefined. O(log ranges). */
  startAfter(id: number): number | undefined {
    return this.#ranges[this.#indexAfter(id)]?.id;
  }

  // How many ranges begin at or before `id`.
  #indexAfter(id: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ranges[middle]!.id <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
