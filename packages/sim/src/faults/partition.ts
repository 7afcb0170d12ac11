// How a network can be cut: which pairs of machines lose sight of each other.
//
// Shapes after Jepsen's nemeses: what breaks a protocol is seldom a clean split.
// In a ring of majorities each machine sees a majority, and no two see the same
// one; over a bridge two halves are joined by one machine.

import { type Random, randomBelow } from "@holdfast/std";
import type { PartitionShape } from "./fault.ts";

/** All shapes. */
export const partitionShapes: readonly PartitionShape[] = [
  "total",
  "halves",
  "majorities_ring",
  "bridge",
  "one_way",
  "single",
];

type Pair = readonly [from: string, to: string];

/** The directed pairs that `shape` cuts among `machines`, put in a random order first. O(n²). */
export function cutOf(
  shape: PartitionShape,
  machines: readonly string[],
  random: Random,
): readonly Pair[] {
  const order = shuffled(machines, random);
  const half = Math.floor(order.length / 2);
  switch (shape) {
    case "total":
      return pairs(order, () => true);
    case "halves":
      return pairs(order, (from, to) => from < half !== to < half);
    case "bridge":
      // The machine in the middle sees both sides.
      return pairs(order, (from, to) => from !== half && to !== half && from < half !== to < half);
    case "majorities_ring":
      return pairs(order, (from, to) => !isNearOnRing(from, to, order.length));
    case "one_way":
      return pairs(order, (from, to) => from < half && to >= half);
    case "single":
      return pairs(order, (from, to) => from === 0 || to === 0);
  }
}

/** Whether two places on a ring are so near that each sees just a majority around it. */
function isNearOnRing(from: number, to: number, count: number): boolean {
  const distance = Math.abs(from - to);
  const majority = Math.floor(count / 2) + 1;
  return Math.min(distance, count - distance) <= Math.floor(majority / 2);
}

function pairs(order: readonly string[], isCut: (from: number, to: number) => boolean): Pair[] {
  const cut: Pair[] = [];
  order.forEach((from, fromIndex) => {
    order.forEach((to, toIndex) => {
      if (fromIndex !== toIndex && isCut(fromIndex, toIndex)) cut.push([from, to]);
    });
  });
  return cut;
}

function shuffled(machines: readonly string[], random: Random): string[] {
  const order = [...machines];
  for (let index = order.length - 1; index > 0; index -= 1) {
    const other = randomBelow(random, index + 1);
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  return order;
}
