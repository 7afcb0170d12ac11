// Reads from a search the order that led to a configuration.

import type { Operation } from "../history/operation.ts";
import type { Search } from "./search.ts";

/** The operations that took effect on the way to configuration `number`, in that order. */
export function orderTo<State, Input, Output>(
  search: Search<State, Input, Output>,
  number: number,
): Operation<Input, Output>[] {
  const { configurations, timeline } = search;
  const path: number[] = [];
  for (let at = number; at >= 0; at = configurations.step(at).parent) path.push(at);
  const trace = new Trace(search);
  for (const at of path.reverse()) trace.add(at);
  return trace.order().map((operation) => timeline.operations[operation]!);
}

class Trace<State, Input, Output> {
  readonly #search: Search<State, Input, Output>;
  readonly #order: number[] = [];
  readonly #isIn = new Set<number>();
  readonly #used: number[];
  // What took effect unseen: what overwrote it, while that can change, and then by that.
  readonly #overwrittenBy = new Map<number, number>();
  readonly #unseenBefore = new Map<number, number[]>();

  constructor(search: Search<State, Input, Output>) {
    this.#search = search;
    this.#used = search.timeline.unknown.map(() => 0);
  }

  /** Goes on to a configuration that the last one led to. */
  add(number: number): void {
    const { configurations, timeline, sets } = this.#search;
    const { operation, unknown, parent } = configurations.step(number);
    const { level, taken, unseen } = configurations.get(number);
    if (operation >= 0) this.#take(operation);
    if (unknown >= 0) {
      this.#take(timeline.unknown[unknown]!.operations[this.#used[unknown]!]!);
      this.#used[unknown]! += 1;
    }
    if (parent >= 0 && configurations.get(parent).level < level) {
      this.#pass(timeline.answered[level - 1]!);
    }
    if (level === timeline.answered.length) return;
    const last = this.#order.at(-1)!;
    for (let place = timeline.openFrom[level]!; place < timeline.openFrom[level + 1]!; place += 1) {
      const open = timeline.open[place]!;
      const slot = timeline.slotOf[open]!;
      if (!sets.has(taken, slot) || this.#isIn.has(open)) continue;
      // What is not unseen is a read, which fitted the state then.
      if (!sets.has(unseen, slot)) this.#take(open);
      else if (!this.#overwrittenBy.has(open)) this.#overwrittenBy.set(open, last);
    }
  }

  /** The operations in their order. */
  order(): number[] {
    return this.#order.flatMap((operation) => [
      ...(this.#unseenBefore.get(operation) ?? []),
      operation,
    ]);
  }

  #take(operation: number): void {
    this.#isIn.add(operation);
    this.#order.push(operation);
  }

  // What was answered and nobody saw came just before what overwrote it.
  #pass(answered: number): void {
    if (this.#isIn.has(answered)) return;
    const by = this.#overwrittenBy.get(answered)!;
    const before = this.#unseenBefore.get(by) ?? [];
    before.push(answered);
    this.#unseenBefore.set(by, before);
  }
}
