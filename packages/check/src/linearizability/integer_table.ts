// A hash table from three integers to one, by open addressing: a search looks up
// millions of triples, and a Map would need a text or an object for each.

const width = 4;

/** A map from triples of 32-bit integers to integers that are not negative. */
export class IntegerTable {
  // Four integers for each place: the triple, and one more than its value. 0: free.
  #places: Int32Array;
  #mask: number;
  #size = 0;

  constructor(placesBits = 5) {
    this.#mask = 2 ** placesBits - 1;
    this.#places = new Int32Array(width * 2 ** placesBits);
  }

  /** The value of a triple, or -1. */
  get(a: number, b: number, c: number): number {
    return this.#places[this.#find(a, b, c) + 3]! - 1;
  }

  /** Sets the value of a triple. */
  set(a: number, b: number, c: number, value: number): void {
    const place = this.#find(a, b, c);
    const isNew = this.#places[place + 3] === 0;
    this.#put(place, a, b, c, value + 1);
    if (!isNew) return;
    this.#size += 1;
    if (this.#size * 2 > this.#mask) this.#grow();
  }

  #put(place: number, a: number, b: number, c: number, stored: number): void {
    this.#places[place] = a;
    this.#places[place + 1] = b;
    this.#places[place + 2] = c;
    this.#places[place + 3] = stored;
  }

  // Where a triple is, or the free place where it belongs.
  #find(a: number, b: number, c: number): number {
    const places = this.#places;
    let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let index = (hash ^ (hash >>> 13)) & this.#mask;
    for (;;) {
      const place = index * width;
      if (places[place + 3] === 0) return place;
      if (places[place] === a && places[place + 1] === b && places[place + 2] === c) return place;
      index = (index + 1) & this.#mask;
    }
  }

  #grow(): void {
    const before = this.#places;
    this.#mask = this.#mask * 2 + 1;
    this.#places = new Int32Array(before.length * 2);
    for (let place = 0; place < before.length; place += width) {
      const stored = before[place + 3]!;
      if (stored === 0) continue;
      const [a, b, c] = [before[place]!, before[place + 1]!, before[place + 2]!];
      this.#put(this.#find(a, b, c), a, b, c, stored);
    }
  }
}
