// Strongly connected components: the sets of nodes of which each reaches each other.
// Every cycle lies in one of them, so that what has none has no cycle.
//
// Method: Tarjan's, without recursion, since a chain of a million transactions would
// overflow the stack. Components are numbered as they are completed: an edge between
// two of them leads from the higher number to the lower.
// Source: Tarjan 1972, "Depth-first search and linear graph algorithms".

import type { Adjacency } from "./adjacency.ts";

/** Which component each node is in. */
export interface Components {
  readonly count: number;
  /** The number of the component of each node. */
  readonly of: Int32Array;
  /** Nodes in each component. */
  readonly sizes: Int32Array;
}

/** Finds the components of a graph. Linear in nodes and edges. */
export function componentsOf({ size, rowStart, target }: Adjacency): Components {
  const of = new Int32Array(size).fill(-1);
  // 0 where a node was not met; otherwise when it was, from 1, and the earliest that it reaches.
  const met = new Int32Array(size);
  const low = new Int32Array(size);
  const nextEdge = new Int32Array(size);
  const path = new Int32Array(size);
  const open = new Int32Array(size);
  let openCount = 0;
  let clock = 0;
  let count = 0;
  for (let root = 0; root < size; root += 1) {
    if (met[root] !== 0) continue;
    let depth = 0;
    path[0] = root;
    clock += 1;
    met[root] = clock;
    low[root] = clock;
    nextEdge[root] = rowStart[root]!;
    open[openCount] = root;
    openCount += 1;
    while (depth >= 0) {
      const node = path[depth]!;
      const edge = nextEdge[node]!;
      if (edge < rowStart[node + 1]!) {
        nextEdge[node] = edge + 1;
        const other = target[edge]!;
        if (met[other] === 0) {
          clock += 1;
          met[other] = clock;
          low[other] = clock;
          nextEdge[other] = rowStart[other]!;
          open[openCount] = other;
          openCount += 1;
          depth += 1;
          path[depth] = other;
        } else if (of[other] === -1 && met[other]! < low[node]!) {
          low[node] = met[other]!;
        }
        continue;
      }
      depth -= 1;
      if (depth >= 0) {
        const parent = path[depth]!;
        if (low[node]! < low[parent]!) low[parent] = low[node]!;
      }
      if (low[node] !== met[node]) continue;
      for (;;) {
        openCount -= 1;
        const member = open[openCount]!;
        of[member] = count;
        if (member === node) break;
      }
      count += 1;
    }
  }
  return { count, of, sizes: sizesOf(count, of) };
}

function sizesOf(count: number, of: Int32Array): Int32Array {
  const sizes = new Int32Array(count);
  for (const component of of) sizes[component] = sizes[component]! + 1;
  return sizes;
}
