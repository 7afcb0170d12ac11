// A queue between whoever produces, at its own pace, and one consumer that waits.
//
// It never refuses: what holds the producer back differs (a socket is paused, a
// connection turned away), so the queue only says whether it is full.
// Invariants:
//   Q1  Items come out in the order in which they went in, each once.
//   Q2  `weight` is the sum of the weights of the items inside.
//   Q3  A consumer waits only while the queue is empty and open.

import { assert, HoldfastError } from "@holdfast/std";

/** First in, first out, for one consumer at a time. */
export class Queue<T extends object> {
  readonly #weightMax: number;
  // Taken items leave holes at the front, which are cut off when they are half
  // of the array: shift() on a long array costs its length.
  #items: { readonly item: T; readonly weight: number }[] = [];
  #first = 0;
  #weight = 0;
  #ended = false;
  #waiting: ((item: T | null) => void) | null = null;

  /** @param weightMax - From which weight on it counts as full. */
  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  /** How many items are inside. */
  get count(): number {
    return this.#items.length - this.#first;
  }

  /** What the items inside weigh together. */
  get weight(): number {
    return this.#weight;
  }

  /** Whether it is as heavy as it should ever get: the producer must be held back. */
  get full(): boolean {
    return this.#weight >= this.#weightMax;
  }

  /** Adds `item` at the end; does nothing after {@link end}. O(1). */
  push(item: T, weight = 1): void {
    if (this.#ended) return;
    const waiting = this.#waiting;
    if (waiting !== null) {
      assert(this.count === 0, "Q3: a consumer waits at a queue with items");
      this.#waiting = null;
      waiting(item);
      return;
    }
    this.#items.push({ item, weight });
    this.#weight += weight;
  }

  /**
   * The first item, as soon as there is one; null once the queue has ended and
   * is empty. Amortized O(1).
   *
   * @throws {HoldfastError} `invalid_argument` where another call waits already.
   */
  take(): Promise<T | null> {
    if (this.#waiting !== null) {
      const error = new HoldfastError("invalid_argument", "another call takes from this queue");
      return Promise.reject(error);
    }
    const item = this.shift();
    if (item !== undefined) return Promise.resolve(item);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Lets nothing more in. What is inside can still be taken. Harmless twice. */
  end(): void {
    this.#ended = true;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(null);
  }

  /** The first item at once; undefined where there is none. Amortized O(1). */
  shift(): T | undefined {
    const first = this.#items[this.#first];
    if (first === undefined) return undefined;
    const { item, weight } = first;
    this.#first += 1;
    this.#weight -= weight;
    if (this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}
