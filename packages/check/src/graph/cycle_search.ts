// Looks in one component for each sort of cycle, and shows a smallest one of each.
//
// A sort of cycle is told by its edges: those that may be taken freely, and jumps (anti-
// dependencies), of which there are none, exactly one, some but no two in a row, or any.
// Whether one exists is decided exactly, and mostly without a search for it:
//
//   none     the free edges have a component of more than one transaction
//   single   a jump from a to b, and b reaches a by free edges: asked for many jumps at
//            once, by sets of bits that are pushed through the components in order
//   apart    two layers of the graph, in which a jump leads to the second and only a free
//            edge back, have a component with a jump in it
//   any      a jump lies in a component
//
// Then breadth-first searches show a smallest one. They may run out of steps: then the
// smallest of those found is shown, and only a question of "single" can stay open.
// "apart" allows walks that meet a transaction twice: that is what snapshot isolation
// forbids, and a smaller cycle may not exist.
// Source: Adya 1999, section 4; Cerone & Gotsman 2018, theorem 9 (snapshot isolation is the
// absence of cycles without two adjacent anti-dependencies); Alvaro & Kingsbury 2020, 6.1.

import type { Adjacency } from "./adjacency.ts";
import type { Budget } from "./budget.ts";
import {
  type ComponentGraph,
  twoLayers,
  withBits,
  withBitsAndJunctions,
} from "./component_graph.ts";
import { type Components, componentsOf } from "./components.ts";
import { type EdgeType, edgeTypes } from "./dependency.ts";
import { WalkSearch } from "./shortest_walk.ts";

/** A sort of cycle. */
export interface CycleSort {
  /** Edges that may be taken at any step. */
  readonly free: number;
  /** Anti-dependencies; 0 for none. */
  readonly jump: number;
  /** How many jumps there are in it. */
  readonly jumps: "none" | "single" | "apart" | "any";
}

/** A cycle: each transaction is before the next, and the last before the first. */
export interface FoundCycle {
  /** Transactions by their numbers in the whole graph. */
  readonly transactions: readonly number[];
  /** Why each is before the next. */
  readonly types: readonly EdgeType[];
  /** Whether nothing smaller of this sort is in the component. */
  readonly smallest: boolean;
}

/** What became of a search; "open" where its budget ended before it knew. */
export type Found = FoundCycle | "none" | "open";

/** Looks for a cycle of `sort`. */
export function findCycle(graph: ComponentGraph, sort: CycleSort, budget: Budget): Found {
  if (sort.jumps !== "none" && (graph.allBits & sort.jump) === 0) return "none";
  if (!budget.spend(graph.target.length + graph.size)) return "open";
  switch (sort.jumps) {
    case "none":
      return freeCycle(graph, sort, budget);
    case "single":
      return singleJump(graph, sort, budget);
    case "apart":
      return jumpsApart(graph, sort, budget);
    case "any":
      return anyJumps(graph, sort, budget);
  }
}

// A first step that the cycle has to take, from one node to the next, and where in the
// searched graph the walk back goes from and to.
interface Jump {
  readonly from: number;
  readonly to: number;
}

function freeCycle(graph: ComponentGraph, sort: CycleSort, budget: Budget): Found {
  const searched = withBits(graph, sort.free);
  const components = componentsOf(searched);
  const starts: number[] = [];
  for (let node = 0; node < graph.size; node += 1) {
    if (graph.isJunction[node] === 0 && components.sizes[components.of[node]!]! > 1) {
      starts.push(node);
    }
  }
  if (starts.length === 0) return "none";
  const inside = withinComponents(searched, components);
  return smallestWalk(graph, sort, {
    searched: inside,
    walks: starts.map((node) => ({ from: node, to: node })),
    firstSteps: 0,
    smallestPossible: 2,
    budget,
  });
}

function singleJump(graph: ComponentGraph, sort: CycleSort, budget: Budget): Found {
  const layered = componentsOf(twoLayers(graph, sort.free, sort.jump));
  const candidates = jumpsOf(graph, sort).filter(
    ({ from, to }) => layered.of[from] === layered.of[to + graph.size],
  );
  if (candidates.length === 0) return "none";
  const searched = withBitsAndJunctions(graph, sort.free);
  // Only this question can cost more than a few passes, so it may not use up the rest.
  const closing = jumpsThatClose(searched, candidates, budget.part(closingStepsMax));
  if (closing === null) return "open";
  if (closing.length === 0) return "none";
  return smallestWalk(graph, sort, {
    searched,
    walks: closing,
    firstSteps: 1,
    smallestPossible: 2,
    budget,
  });
}

function jumpsApart(graph: ComponentGraph, sort: CycleSort, budget: Budget): Found {
  const layers = twoLayers(graph, sort.free, sort.jump);
  const components = componentsOf(layers);
  const walks = jumpsOf(graph, sort)
    .filter(({ from, to }) => components.of[from] === components.of[to + graph.size])
    .map(({ from, to }) => ({ from, to: to + graph.size }));
  if (walks.length === 0) return "none";
  return smallestWalk(graph, sort, {
    searched: withinComponents(layers, components),
    walks,
    firstSteps: 1,
    smallestPossible: 2,
    budget,
  });
}

function anyJumps(graph: ComponentGraph, sort: CycleSort, budget: Budget): Found {
  const searched = withBits(graph, sort.free | sort.jump);
  const components = componentsOf(searched);
  const walks = jumpsOf(graph, sort).filter(
    ({ from, to }) => components.of[from] === components.of[to],
  );
  if (walks.length === 0) return "none";
  return smallestWalk(graph, sort, {
    searched: withinComponents(searched, components),
    walks,
    firstSteps: 1,
    smallestPossible: 2,
    budget,
  });
}

// The first halves of all jumps: where an edge can also be taken freely, it is none.
function jumpsOf(graph: ComponentGraph, { free, jump }: CycleSort): Jump[] {
  const jumps: Jump[] = [];
  for (let node = 0; node < graph.size; node += 1) {
    if (graph.isJunction[node] === 1) continue;
    for (let edge = graph.rowStart[node]!; edge < graph.rowStart[node + 1]!; edge += 1) {
      const bits = graph.bits[edge]!;
      if ((bits & jump) !== 0 && (bits & free) === 0) {
        jumps.push({ from: node, to: graph.target[edge]! });
      }
    }
  }
  return jumps;
}

// Those jumps whose end reaches their beginning; null where the budget ended. Bits stand
// for beginnings, some hundreds at once. A component's set is its own bits and those of
// the components that its edges lead to, which have lower numbers, so are done already.
function jumpsThatClose(
  searched: Adjacency,
  jumps: readonly Jump[],
  budget: Budget,
): Jump[] | null {
  const components = componentsOf(searched);
  const order = nodesByComponent(components);
  const beginnings = [...new Set(jumps.map(({ from }) => from))];
  const words = Math.max(1, Math.min(32, Math.floor(wordsMax / components.count)));
  const byBeginning = new Map<number, Jump[]>();
  for (const jump of jumps) {
    const list = byBeginning.get(jump.from);
    if (list === undefined) byBeginning.set(jump.from, [jump]);
    else list.push(jump);
  }
  const closing: Jump[] = [];
  const sets = new Int32Array(components.count * words);
  for (let first = 0; first < beginnings.length; first += words * 32) {
    const batch = beginnings.slice(first, first + words * 32);
    if (!budget.spend((searched.target.length + searched.size) * words)) return null;
    sets.fill(0);
    for (const [place, node] of batch.entries()) {
      const word = components.of[node]! * words + (place >> 5);
      sets[word] = sets[word]! | (1 << (place & 31));
    }
    for (const node of order) {
      const own = components.of[node]! * words;
      for (let edge = searched.rowStart[node]!; edge < searched.rowStart[node + 1]!; edge += 1) {
        const other = components.of[searched.target[edge]!]! * words;
        if (other === own) continue;
        for (let word = 0; word < words; word += 1) {
          sets[own + word] = sets[own + word]! | sets[other + word]!;
        }
      }
    }
    for (const [place, node] of batch.entries()) {
      for (const jump of byBeginning.get(node)!) {
        const word = components.of[jump.to]! * words + (place >> 5);
        if ((sets[word]! & (1 << (place & 31))) !== 0) closing.push(jump);
      }
    }
  }
  return closing;
}

// Edges, times words of bits, that one question of "single" may look at.
const closingStepsMax = 500_000_000;
// 4 bytes each.
const wordsMax = 8_000_000;

function nodesByComponent({ of, sizes }: Components): Int32Array {
  const next = new Int32Array(sizes.length);
  for (let component = 1; component < sizes.length; component += 1) {
    next[component] = next[component - 1]! + sizes[component - 1]!;
  }
  const order = new Int32Array(of.length);
  for (let node = 0; node < of.length; node += 1) {
    const place = next[of[node]!]!;
    order[place] = node;
    next[of[node]!] = place + 1;
  }
  return order;
}

// Without the edges that lead out of a component, a search stays where cycles are.
function withinComponents(graph: Adjacency, { of }: Components): Adjacency {
  const rowStart = new Int32Array(graph.size + 1);
  const target = new Int32Array(graph.target.length);
  const bits = new Uint8Array(graph.target.length);
  let count = 0;
  for (let node = 0; node < graph.size; node += 1) {
    for (let edge = graph.rowStart[node]!; edge < graph.rowStart[node + 1]!; edge += 1) {
      if (of[node] !== of[graph.target[edge]!]) continue;
      target[count] = graph.target[edge]!;
      bits[count] = graph.bits[edge]!;
      count += 1;
    }
    rowStart[node + 1] = count;
  }
  return { size: graph.size, rowStart, target, bits };
}

// Steps that showing a smallest cycle may take, after the first was found.
const polishStepsMax = 4_000_000;

interface Walks {
  readonly searched: Adjacency;
  /** Each of these can be closed: a walk leads from `to` back to `from`. */
  readonly walks: readonly Jump[];
  /** Steps from `from` to `to`: 0 where they are the same, 1 where it is a jump. */
  readonly firstSteps: number;
  /** No cycle has fewer steps. */
  readonly smallestPossible: number;
  readonly budget: Budget;
}

function smallestWalk(graph: ComponentGraph, sort: CycleSort, options: Walks): Found {
  const { searched, walks, firstSteps, smallestPossible, budget } = options;
  const search = new WalkSearch(searched, graph.isJunction);
  let best: number[] | null = null;
  let bestSteps = Number.POSITIVE_INFINITY;
  const polish = budget.part(polishStepsMax);
  for (const { from, to } of walks) {
    const allowance = best === null ? budget : polish;
    const walk = search.find(to, from, bestSteps - firstSteps, allowance);
    if (walk !== null) {
      best = firstSteps === 0 ? walk : [from, ...walk];
      bestSteps = stepsOf(graph, best);
    }
    if (bestSteps <= smallestPossible || budget.ended || polish.ended) break;
  }
  if (best === null) return "open";
  const smallest = bestSteps <= smallestPossible || !(budget.ended || polish.ended);
  return describe(graph, sort, best, smallest);
}

function stepsOf(graph: ComponentGraph, walk: readonly number[]): number {
  const transactions = walk.filter((node) => graph.isJunction[node % graph.size] === 0);
  return transactions.length - 1;
}

function describe(
  graph: ComponentGraph,
  { free, jump }: CycleSort,
  walk: readonly number[],
  smallest: boolean,
): FoundCycle {
  const nodes = walk.map((node) => node % graph.size);
  const transactions: number[] = [];
  const types: EdgeType[] = [];
  for (let place = 0; place + 1 < nodes.length; place += 1) {
    const node = nodes[place]!;
    if (graph.isJunction[node] === 1) continue;
    transactions.push(graph.nodes[node]!);
    types.push(typeOf(bitsBetween(graph, node, nodes[place + 1]!), free | jump));
  }
  return { transactions, types, smallest };
}

function bitsBetween(graph: ComponentGraph, source: number, target: number): number {
  for (let edge = graph.rowStart[source]!; edge < graph.rowStart[source + 1]!; edge += 1) {
    if (graph.target[edge] === target) return graph.bits[edge]!;
  }
  return 0;
}

function typeOf(bits: number, allowed: number): EdgeType {
  return edgeTypes.find(([bit]) => (bits & allowed & bit) !== 0)![1];
}
