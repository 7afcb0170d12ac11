// A smallest cycle in what chains say: one has a before b, another b before c, a third c
// before a. Asked only of the elements that are entangled, of which there are few mostly.
//
// A matrix holds for each two elements a chain that has one before the other, however far
// apart; then breadth-first searches find the shortest cycle. For many elements the matrix
// would be too large: then a pair that two chains order in two ways is looked for first;
// where there is none, one cycle of neighbours is taken, and made shorter within its own
// elements.

import type { Budget } from "../graph/budget.ts";

/** Elements in the order in which a record has them. */
export interface Chain {
  readonly place: number;
  readonly elements: readonly number[];
}

/** Each element comes before the next, and the last before the first, as the record at its place has them. */
export type ChainCycle = readonly { readonly element: number; readonly place: number }[];

/** A cycle, and whether it is known that one of two elements would have been found. */
export interface FoundChainCycle {
  readonly cycle: ChainCycle;
  readonly pairsKnown: boolean;
}

// Elements of a matrix, and elements that are compared, chain by chain, without one.
const matrixMax = 256;
const comparisonsMax = 2 ** 28;

/** A cycle in chains of which it is known that they have one; empty where the budget ended before. */
export function cycleOfChains(chains: readonly Chain[], budget: Budget): FoundChainCycle {
  const elements = new Set(chains.flatMap((chain) => chain.elements));
  if (elements.size <= matrixMax) {
    return { cycle: shortestCycle(chains, [...elements], budget), pairsKnown: true };
  }
  const pair = turnedPair(chains, budget);
  if (pair !== "none" && pair !== "open") return { cycle: pair, pairsKnown: true };
  const long = cycleOfNeighbours(chains, budget);
  const own = new Set(long.map(({ element }) => element));
  if (own.size > matrixMax) return { cycle: long, pairsKnown: pair === "none" };
  const within = chains.map(({ place, elements: all }) => ({
    place,
    elements: all.filter((element) => own.has(element)),
  }));
  // Without a turned pair, three are as few as can be.
  const cycle = shortestCycle(within, [...own], budget);
  return { cycle, pairsKnown: pair === "none" };
}

function shortestCycle(chains: readonly Chain[], elements: number[], budget: Budget): ChainCycle {
  const size = elements.length;
  const local = new Map(elements.map((element, place) => [element, place]));
  const witness = new Int32Array(size * size).fill(-1);
  for (const chain of chains) {
    const row = chain.elements.map((element) => local.get(element)!);
    for (let left = 0; left < row.length; left += 1) {
      budget.spend(row.length - left);
      for (let right = left + 1; right < row.length; right += 1) {
        const pair = row[left]! * size + row[right]!;
        if (witness[pair] === -1) witness[pair] = chain.place;
      }
    }
  }
  let best: number[] = [];
  for (let start = 0; start < size; start += 1) {
    if (best.length === 2) break;
    const cycle = cycleThrough(start, { size, witness });
    budget.spend(size);
    if (cycle.length > 0 && (best.length === 0 || cycle.length < best.length)) best = cycle;
  }
  return best.map((node, place) => ({
    element: elements[node]!,
    place: witness[node * size + best[(place + 1) % best.length]!]!,
  }));
}

// Breadth first from a node back to it; empty where there is no way.
function cycleThrough(
  start: number,
  { size, witness }: { readonly size: number; readonly witness: Int32Array },
): number[] {
  const parent = new Int32Array(size).fill(-1);
  const queue = [start];
  for (const node of queue) {
    if (witness[node * size + start] !== -1) return pathTo(node, start, parent);
    for (let other = 0; other < size; other += 1) {
      if (other === start || parent[other] !== -1 || witness[node * size + other] === -1) continue;
      parent[other] = node;
      queue.push(other);
    }
  }
  return [];
}

function pathTo(end: number, start: number, parent: ArrayLike<number>): number[] {
  const path = [end];
  for (let node = end; node !== start; ) {
    node = parent[node]!;
    path.push(node);
  }
  return path.reverse();
}

// Two elements that one chain has in one order and another in the other: what two chains
// share must stand in both in one order.
function turnedPair(chains: readonly Chain[], budget: Budget): ChainCycle | "none" | "open" {
  let left = comparisonsMax;
  for (const [number, chain] of chains.entries()) {
    const placeOf = new Map(chain.elements.map((element, place) => [element, place]));
    for (const other of chains.slice(0, number)) {
      left -= other.elements.length;
      if (left < 0 || !budget.spend(other.elements.length)) return "open";
      const turned = turnedIn(other.elements, placeOf);
      if (turned === null) continue;
      const [first, second] = turned;
      return [
        { element: first, place: other.place },
        { element: second, place: chain.place },
      ];
    }
  }
  return "none";
}

function turnedIn(
  elements: readonly number[],
  placeOf: ReadonlyMap<number, number>,
): readonly [number, number] | null {
  let last = -1;
  let lastPlace = -1;
  for (const element of elements) {
    const place = placeOf.get(element);
    if (place === undefined) continue;
    if (place < lastPlace) return [last, element];
    last = element;
    lastPlace = place;
  }
  return null;
}

// The first cycle that a search along neighbours closes, from the first element on.
function cycleOfNeighbours(chains: readonly Chain[], budget: Budget): ChainCycle {
  const next = new Map<number, Map<number, number>>();
  for (const { place, elements } of chains) {
    for (let at = 1; at < elements.length; at += 1) {
      const row = next.get(elements[at - 1]!) ?? new Map<number, number>();
      next.set(elements[at - 1]!, row);
      if (!row.has(elements[at]!)) row.set(elements[at]!, place);
    }
  }
  const start = chains[0]!.elements[0]!;
  const parent = new Map<number, number>();
  const queue = [start];
  for (const node of queue) {
    const row = next.get(node) ?? new Map<number, number>();
    budget.spend(row.size + 1);
    if (row.has(start)) return namedCycle(node, start, { parent, next });
    for (const other of row.keys()) {
      if (other === start || parent.has(other)) continue;
      parent.set(other, node);
      queue.push(other);
    }
  }
  return [];
}

function namedCycle(
  end: number,
  start: number,
  graph: {
    readonly parent: ReadonlyMap<number, number>;
    readonly next: ReadonlyMap<number, ReadonlyMap<number, number>>;
  },
): ChainCycle {
  const path = [end];
  for (let node = end; node !== start; ) {
    node = graph.parent.get(node)!;
    path.push(node);
  }
  path.reverse();
  const cycle = path.map((element, place) => ({
    element,
    place: graph.next.get(element)!.get(path[(place + 1) % path.length]!)!,
  }));
  // Of steps in a row that one chain takes, the first and the last element are enough.
  return cycle.filter(({ place }, step) => place !== cycle.at(step - 1)!.place);
}
