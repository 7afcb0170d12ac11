// Which transaction was over before which began, with a number of edges that grows
// with the transactions, not with their square.
//
// Time is swept once. Whatever was answered since the last transaction began leads into
// a new junction, the junction before leads into it too, and a transaction that begins
// comes after the newest junction:
//
//   a |---|      b |----|            a -> j1 -> b
//        c |--|         d |---|      a -> j1 -> j2 -> d,  c -> j2
//
// Only what was answered precedes anything: of the others nobody knows when they were over.
// Answers and questions of one time are in no order.
// Source: Alvaro & Kingsbury 2020, section 5.1 (real-time edges in linear time).

import { processOrder, realTime } from "./dependency.ts";
import type { DependencyGraph } from "./dependency_graph.ts";

/** When transactions began and were over, by their numbers. */
export interface Times {
  /** -Infinity where nobody knows. */
  readonly invokedAt: Float64Array;
  /** Infinity where nobody knows. */
  readonly completedAt: Float64Array;
  /** Whether a transaction takes part; who failed does not. */
  readonly took: (transaction: number) => boolean;
}

/** Adds the edges of real time. O(n log c) for c at once, and O(n log n) where they don't come sorted. */
export function linkRealTime(graph: DependencyGraph, times: Times): void {
  const { invokedAt, completedAt, took } = times;
  const open = new CompletionHeap(completedAt);
  let newest = -1;
  for (const transaction of byBeginning(invokedAt)) {
    const beginsAt = invokedAt[transaction]!;
    if (!took(transaction)) continue;
    let junction = -1;
    while (open.size > 0 && completedAt[open.first]! < beginsAt) {
      if (junction === -1) junction = graph.junction();
      graph.link(open.pop(), junction, realTime);
    }
    if (junction !== -1) {
      if (newest !== -1) graph.link(newest, junction, realTime);
      newest = junction;
    }
    if (newest !== -1) graph.link(newest, transaction, realTime);
    if (completedAt[transaction]! < Number.POSITIVE_INFINITY) open.push(transaction);
  }
}

/** Adds the edges from each transaction of a process that was answered to the process's next one. */
export function linkProcesses(
  graph: DependencyGraph,
  process: Int32Array,
  answered: (transaction: number) => boolean,
): void {
  const last = new Map<number, number>();
  for (const [transaction, who] of process.entries()) {
    if (!answered(transaction)) continue;
    const before = last.get(who);
    if (before !== undefined) graph.link(before, transaction, processOrder);
    last.set(who, transaction);
  }
}

function byBeginning(invokedAt: Float64Array): Int32Array {
  const order = new Int32Array(invokedAt.length);
  let sorted = true;
  for (let place = 0; place < order.length; place += 1) {
    order[place] = place;
    if (place > 0 && !(invokedAt[place - 1]! <= invokedAt[place]!)) sorted = false;
  }
  return sorted ? order : order.sort((a, b) => compare(invokedAt[a]!, invokedAt[b]!) || a - b);
}

function compare(left: number, right: number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

// A binary heap of transactions, the one that was over first on top.
class CompletionHeap {
  readonly #at: Float64Array;
  readonly #items: number[] = [];

  constructor(at: Float64Array) {
    this.#at = at;
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): number {
    return this.#items[0]!;
  }

  push(item: number): void {
    const items = this.#items;
    let place = items.push(item) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#at[items[parent]!]! <= this.#at[item]!) break;
      items[place] = items[parent]!;
      place = parent;
    }
    items[place] = item;
  }

  pop(): number {
    const items = this.#items;
    const top = items[0]!;
    const moved = items.pop()!;
    if (items.length === 0) return top;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.#at[items[child + 1]!]! < this.#at[items[child]!]!) {
        child += 1;
      }
      if (this.#at[items[child]!]! >= this.#at[moved]!) break;
      items[place] = items[child]!;
      place = child;
    }
    items[place] = moved;
    return top;
  }
}
