// A binary heap that gives back the greatest number first.

/** Numbers, greatest first; one may be in it several times. */
export class MaxHeap {
  readonly #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The greatest number; -Infinity where there is none. */
  get top(): number {
    return this.#items.length === 0 ? Number.NEGATIVE_INFINITY : this.#items[0]!;
  }

  /** O(log size). */
  push(item: number): void {
    const items = this.#items;
    let index = items.length;
    items.push(item);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (items[parent]! >= item) break;
      items[index] = items[parent]!;
      index = parent;
    }
    items[index] = item;
  }

  /** Takes out the greatest number, of which there is one. O(log size). */
  pop(): number {
    const items = this.#items;
    const top = items[0]!;
    const last = items.pop()!;
    const size = items.length;
    if (size === 0) return top;
    let index = 0;
    for (let child = 1; child < size; child = index * 2 + 1) {
      if (child + 1 < size && items[child + 1]! > items[child]!) child += 1;
      if (last >= items[child]!) break;
      items[index] = items[child]!;
      index = child;
    }
    items[index] = last;
    return top;
  }
}
