// Numbers for pairs of integers: of a key and a value, of two nodes, of a writer and a sequence.

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
