// Reads from a search the order that led to a configuration.

import type { Operation } from "../history/operation.ts";
import type { Search } from "./search.ts";

/** The operations that took effect on the way to configuration `number`, in that order. */
export function orderTo<State, Input, Output>(
  search: Search<State, Input, Output>,
  number: number,
): Operation<Input, Output>[] {
  const { configurations, timeline, sets } = search;
  const path: number[] = [];
  for (let at = number; at >= 0; at = configurations.step(at).parent) path.push(at);
  const order: number[] = [];
  const isIn = new Set<number>();
  const used = timeline.unknown.map(() => 0);
  const add = (operation: number) => {
    if (isIn.has(operation)) return;
    isIn.add(operation);
    order.push(operation);
  };
  for (const at of path.reverse()) {
    const { operation, unknown } = configurations.step(at);
    if (operation >= 0) add(operation);
    if (unknown >= 0) {
      add(timeline.unknown[unknown]!.operations[used[unknown]!]!);
      used[unknown]! += 1;
    }
    // Reads that fitted the state then took effect with it.
    const { level, taken } = configurations.get(at);
    if (level === timeline.answered.length) continue;
    for (let place = timeline.openFrom[level]!; place < timeline.openFrom[level + 1]!; place += 1) {
      const open = timeline.open[place]!;
      if (sets.has(taken, timeline.slotOf[open]!)) add(open);
    }
  }
  return order.map((operation) => timeline.operations[operation]!);
}
