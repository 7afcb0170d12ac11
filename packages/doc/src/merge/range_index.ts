// Ranges of numbers that do not overlap, found by a number in them.
//
// Where each begins, sorted, in chunks of at most `chunkRows`: an addition moves what is
// behind it in its chunk, and for every few hundred of them a row of the directory, so
// that a hundred thousand in any order are no trouble. Look-ups mostly come near the
// one before, so its place is tried first.
//
// Not for ranges that change where they begin. Where they end is for others to know.

/** The ids `id` up to, not including, `id + length`. */
export interface IdRange {
  readonly id: number;
  readonly length: number;
}

const chunkRows = 256;
const firstRows = 16;

/** Where some ranges begin: 32-bit numbers; and what is found there: numbers other than 0. */
interface Chunk {
  starts: Int32Array;
  values: Int32Array;
  count: number;
}

/** Finds ranges by number. */
export class RangeIndex {
  readonly #chunks: Chunk[] = [newChunk(firstRows)];
  // Where each chunk but the first begins.
  readonly #borders: number[] = [];
  // Where the last look-up ended.
  #chunk = 0;
  #row = -1;

  /** Adds the range that begins at `start`, where none does. O(chunk). */
  add(start: number, value: number): void {
    const last = this.#chunks[this.#chunks.length - 1]!;
    const lastCount = last.count;
    if (lastCount > 0 && lastCount < last.starts.length && start > last.starts[lastCount - 1]!) {
      last.starts[lastCount] = start;
      last.values[lastCount] = value;
      last.count = lastCount + 1;
      return;
    }
    let chunk = this.#seek(start);
    let row = this.#row + 1;
    if (chunk.count === chunk.starts.length) {
      if (chunk.count < chunkRows) grow(chunk);
      else {
        this.#cut(start, row === chunk.count ? row : chunkRows / 2);
        chunk = this.#seek(start);
        row = this.#row + 1;
      }
    }
    const { starts, values, count } = chunk;
    if (row < count) {
      starts.copyWithin(row + 1, row, count);
      values.copyWithin(row + 1, row, count);
    }
    starts[row] = start;
    values[row] = value;
    chunk.count = count + 1;
    this.#row = row;
  }

  /** What was added for the last range that begins at or before `id`; 0 where there is none. O(log ranges). */
  find(id: number): number {
    const { values } = this.#seek(id);
    return this.#row < 0 ? 0 : values[this.#row]!;
  }

  /** Where the first range after `id` begins, or undefined. O(log ranges). */
  startAfter(id: number): number | undefined {
    const { starts, count } = this.#seek(id);
    return this.#row + 1 < count ? starts[this.#row + 1] : this.#borders[this.#chunk];
  }

  // The chunk, and the last row in it, that begin at or before `id`; row -1 for none.
  #seek(id: number): Chunk {
    const borders = this.#borders;
    let index = this.#chunk;
    if (
      (index > 0 && id < borders[index - 1]!) ||
      (index < borders.length && id >= borders[index]!)
    ) {
      index = 0;
      for (let high = borders.length; index < high; ) {
        const middle = (index + high) >> 1;
        if (borders[middle]! <= id) index = middle + 1;
        else high = middle;
      }
      this.#chunk = index;
      this.#row = -1;
    }
    const chunk = this.#chunks[index]!;
    const { starts, count } = chunk;
    let low = 0;
    let high = count;
    const row = this.#row;
    if (row >= 0 && starts[row]! <= id) {
      // The same row, or the one after it, as often as not.
      if (row + 1 === count || id < starts[row + 1]!) return chunk;
      low = row + 2;
      if (low >= count || id < starts[low]!) {
        this.#row = row + 1;
        return chunk;
      }
    } else if (row >= 0) high = row;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= id) low = middle + 1;
      else high = middle;
    }
    this.#row = low - 1;
    return chunk;
  }

  // Moves the rows of the chunk at hand from `row` on into a new one, which begins with them or
  // else with `start`.
  #cut(start: number, row: number): void {
    const left = this.#chunks[this.#chunk]!;
    const right = newChunk(chunkRows);
    right.starts.set(left.starts.subarray(row, left.count));
    right.values.set(left.values.subarray(row, left.count));
    right.count = left.count - row;
    left.count = row;
    this.#borders.splice(this.#chunk, 0, right.count > 0 ? right.starts[0]! : start);
    this.#chunks.splice(this.#chunk + 1, 0, right);
    this.#row = -1;
  }
}

function newChunk(rows: number): Chunk {
  return { starts: new Int32Array(rows), values: new Int32Array(rows), count: 0 };
}

function grow(chunk: Chunk): void {
  const { starts, values } = newChunk(chunk.count * 4);
  starts.set(chunk.starts);
  values.set(chunk.values);
  chunk.starts = starts;
  chunk.values = values;
}
