// One component cut out of the graph, with its own numbering and parallel edges joined;
// and the parts of it in which a sort of cycle is looked for.

import type { Adjacency } from "./adjacency.ts";
import type { Components } from "./components.ts";

/** A component. Nodes are numbered from 0. */
export interface ComponentGraph extends Adjacency {
  /** The number of each node in the whole graph. */
  readonly nodes: Int32Array;
  /** 1 for junctions, 0 for transactions. */
  readonly isJunction: Uint8Array;
  /** All bits of all edges. */
  readonly allBits: number;
}

/** Cuts out every component that has a cycle. Linear in the whole graph, once for all. */
export function cyclicComponents(
  graph: Adjacency,
  components: Components,
  transactions: number,
): ComponentGraph[] {
  const members = new Map<number, number[]>();
  for (let node = 0; node < graph.size; node += 1) {
    const component = components.of[node]!;
    if (components.sizes[component]! < 2) continue;
    const list = members.get(component);
    if (list === undefined) members.set(component, [node]);
    else list.push(node);
  }
  const local = new Int32Array(graph.size).fill(-1);
  return [...members.values()].map((nodes) => cutOut(graph, { nodes, local, transactions }));
}

function cutOut(
  graph: Adjacency,
  options: { readonly nodes: number[]; readonly local: Int32Array; readonly transactions: number },
): ComponentGraph {
  const { nodes, local, transactions } = options;
  for (const [place, node] of nodes.entries()) local[node] = place;
  const rowStart = new Int32Array(nodes.length + 1);
  const target: number[] = [];
  const bits: number[] = [];
  const placeOf = new Int32Array(nodes.length).fill(-1);
  let allBits = 0;
  for (const [place, node] of nodes.entries()) {
    const rowBegin = target.length;
    for (let edge = graph.rowStart[node]!; edge < graph.rowStart[node + 1]!; edge += 1) {
      const other = local[graph.target[edge]!]!;
      if (other === -1) continue;
      const known = placeOf[other]!;
      allBits |= graph.bits[edge]!;
      if (known >= rowBegin) {
        bits[known] = bits[known]! | graph.bits[edge]!;
      } else {
        placeOf[other] = target.push(other) - 1;
        bits.push(graph.bits[edge]!);
      }
    }
    rowStart[place + 1] = target.length;
  }
  for (const node of nodes) local[node] = -1;
  return {
    size: nodes.length,
    rowStart,
    target: Int32Array.from(target),
    bits: Uint8Array.from(bits),
    nodes: Int32Array.from(nodes),
    isJunction: Uint8Array.from(nodes, (node) => (node < transactions ? 0 : 1)),
    allBits,
  };
}

/** The edges that have one of the bits of `free`, and all out of a junction that walks along `free` can be in. */
export function withBits(graph: ComponentGraph, free: number): Adjacency {
  return select(graph, (edge) => (graph.bits[edge]! & free) !== 0);
}

/**
 * The edges with one of the bits of `free`, and the second halves of steps through a
 * junction: a walk that never takes another first half follows `free` alone.
 */
export function withBitsAndJunctions(graph: ComponentGraph, free: number): Adjacency {
  return select(
    graph,
    (edge, source) => (graph.bits[edge]! & free) !== 0 || graph.isJunction[source] === 1,
  );
}

function select(graph: ComponentGraph, keep: (edge: number, source: number) => boolean): Adjacency {
  const rowStart = new Int32Array(graph.size + 1);
  const target = new Int32Array(graph.target.length);
  const bits = new Uint8Array(graph.target.length);
  let count = 0;
  for (let node = 0; node < graph.size; node += 1) {
    for (let edge = graph.rowStart[node]!; edge < graph.rowStart[node + 1]!; edge += 1) {
      if (!keep(edge, node)) continue;
      target[count] = graph.target[edge]!;
      bits[count] = graph.bits[edge]!;
      count += 1;
    }
    rowStart[node + 1] = count;
  }
  return {
    size: graph.size,
    rowStart,
    target: target.subarray(0, count),
    bits: bits.subarray(0, count),
  };
}

/**
 * Two layers of the component, in which every walk takes no two edges of `jump` in a row:
 * node n stands for "at n, and came by a free edge", n + size for "came by a jump".
 */
export function twoLayers(graph: ComponentGraph, free: number, jump: number): Adjacency {
  const { size } = graph;
  const rowStart = new Int32Array(2 * size + 1);
  const target = new Int32Array(2 * graph.target.length);
  const bits = new Uint8Array(2 * graph.target.length);
  let count = 0;
  for (let layer = 0; layer < 2; layer += 1) {
    for (let node = 0; node < size; node += 1) {
      const through = graph.isJunction[node] === 1;
      for (let edge = graph.rowStart[node]!; edge < graph.rowStart[node + 1]!; edge += 1) {
        const kind = graph.bits[edge]!;
        const isFree = (kind & free) !== 0;
        if (!isFree && ((kind & jump) === 0 || (layer === 1 && !through))) continue;
        target[count] = graph.target[edge]! + (isFree ? 0 : size);
        bits[count] = kind;
        count += 1;
      }
      rowStart[layer * size + node + 1] = count;
    }
  }
  return {
    size: 2 * size,
    rowStart,
    target: target.subarray(0, count),
    bits: bits.subarray(0, count),
  };
}
