// A column of integers that grows: what arrays of numbers would cost four times the memory for.

/** 32-bit integers, in order of arrival. */
export class IntColumn {
  #data: Int32Array;
  #size = 0;

  constructor(capacity = 64) {
    this.#data = new Int32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds one at the end, and answers its place. */
  push(value: number): number {
    if (this.#size === this.#data.length) {
      const larger = new Int32Array(this.#data.length * 2);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.#size] = value;
    this.#size += 1;
    return this.#size - 1;
  }

  /** The one at `place`, which must be there. */
  at(place: number): number {
    return this.#data[place]!;
  }

  set(place: number, value: number): void {
    this.#data[place] = value;
  }

  /** What is there, without a copy; it does not grow with the column. */
  view(): Int32Array {
    return this.#data.subarray(0, this.#size);
  }
}
