// A directed graph in compressed rows: the edges of a node lie side by side.
//
//   rowStart   [0, 2, 2, 3]    node 0 has edges 0 and 1, node 1 none, node 2 edge 2
//   target     [1, 2, 0]
//
// A byte of bits goes with each edge. Parallel edges may exist here.

import type { IntColumn } from "./int_column.ts";

/** A graph of which nothing changes. */
export interface Adjacency {
  readonly size: number;
  /** Where the edges of each node begin; one more than nodes. */
  readonly rowStart: Int32Array;
  readonly target: Int32Array;
  /** What sort of edge each is; see dependency.ts. */
  readonly bits: Uint8Array;
}

/** Edges as they were found: three columns of equal length. */
export interface EdgeList {
  readonly source: IntColumn;
  readonly target: IntColumn;
  readonly bits: IntColumn;
}

/** Sorts edges by their source; within one, they keep their order. Linear. */
export function adjacencyOf(size: number, edges: EdgeList): Adjacency {
  const source = edges.source.view();
  const from = edges.target.view();
  const kinds = edges.bits.view();
  const rowStart = new Int32Array(size + 1);
  for (let edge = 0; edge < source.length; edge += 1) {
    rowStart[source[edge]! + 1] = rowStart[source[edge]! + 1]! + 1;
  }
  for (let node = 0; node < size; node += 1) {
    rowStart[node + 1] = rowStart[node + 1]! + rowStart[node]!;
  }
  const next = rowStart.slice(0, size);
  const target = new Int32Array(source.length);
  const bits = new Uint8Array(source.length);
  for (let edge = 0; edge < source.length; edge += 1) {
    const place = next[source[edge]!]!;
    next[source[edge]!] = place + 1;
    target[place] = from[edge]!;
    bits[place] = kinds[edge]!;
  }
  return { size, rowStart, target, bits };
}
