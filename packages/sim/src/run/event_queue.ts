// What will happen, by its time: a binary heap whose ties come out in the order
// in which they went in.
//
// Cancelling marks an event and leaves it in the heap until its time comes: most
// timers are cancelled (a timeout that did not expire), and taking one out of the
// middle would cost a search.

/** Whoever is to run an event: a process that may be paused, or have ended, by then. */
export interface Owner {
  /** `paused`: what falls due waits in `backlog`. `ended`: what falls due is dropped. */
  state: "running" | "paused" | "ended";
  /** Events that fell due while it was paused, in order. */
  backlog: SimEvent[];
  /** Events that are still to come, cancelled ones not counted. */
  pending: number;
}

/** Something that will happen. */
export class SimEvent {
  /** When, in true time. Changes only while it is in no queue. */
  atMs: number;
  /** Counts events by their queueing; breaks ties. */
  order: number;
  readonly owner: Owner | null;
  /** Null once it happened or was cancelled. */
  callback: (() => void) | null;

  constructor(atMs: number, order: number, owner: Owner | null, callback: () => void) {
    this.atMs = atMs;
    this.order = order;
    this.owner = owner;
    this.callback = callback;
    if (owner !== null) owner.pending += 1;
  }

  /** Makes sure that it won't happen. Harmless afterwards, or twice. */
  cancel(): void {
    if (this.callback !== null && this.owner !== null) this.owner.pending -= 1;
    this.callback = null;
  }
}

/** A heap of events, the earliest first. */
export class EventQueue {
  readonly #heap: SimEvent[] = [];

  /** Events inside, cancelled ones among them. */
  get count(): number {
    return this.#heap.length;
  }

  /** Adds an event. O(log n). */
  push(event: SimEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(event, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  /** The earliest event that was not cancelled, left inside. Amortized O(log n). */
  peek(): SimEvent | null {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return null;
      if (first.callback !== null) return first;
      this.#removeFirst();
    }
  }

  /** Takes the earliest event out. O(log n). */
  pop(): SimEvent | null {
    const first = this.peek();
    if (first !== null) this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const moved = heap.pop()!;
    const count = heap.length;
    if (count === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= count) break;
      if (child + 1 < count && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, moved)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = moved;
  }
}

function before(left: SimEvent, right: SimEvent): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}
