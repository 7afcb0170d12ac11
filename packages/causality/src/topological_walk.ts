// An order in which to replay events that goes back and forth as little as can be.
//
// Problem. Replaying an event wants the document on the event's own version.
// Numbered as they arrived, the events of two people who typed at once alternate,
// and each step undoes one branch and redoes the other.
//
// Method. Depth first: having replayed a piece, go on with a child of it that has
// all its parents behind it, the one with least to come; a merge waits until
// its last branch is done. Any causal order gives the same document, so this is
// about time only.
//
// Source: Gentle and Kleppmann 2025, section 3.7.

import type { EventGraph, LocalRange } from "./event_graph.ts";

interface Piece {
  readonly start: number;
  readonly end: number;
  /** Pieces that have an event of this one as a parent. */
  readonly children: Piece[];
  /** Parents' pieces that are yet to come. */
  waiting: number;
  /** Events in and after this piece; those that can be reached twice count twice. */
  weight: number;
}

/**
 * The events of `ranges` in a causal order with long uninterrupted branches.
 *
 * @param ranges - Ascending, not touching.
 * @returns Pieces of `ranges`, each within one entry of the graph.
 */
export function walkOrder(graph: EventGraph, ranges: readonly LocalRange[]): readonly LocalRange[] {
  const pieces = cutPieces(graph, ranges);
  if (pieces.length <= 1) return pieces;
  link(graph, pieces);
  for (let index = pieces.length - 1; index >= 0; index -= 1) {
    const piece = pieces[index]!;
    for (const child of piece.children) piece.weight += child.weight;
    // The stack gives back what was pushed last: the lightest.
    piece.children.sort((a, b) => b.weight - a.weight || b.start - a.start);
  }
  const stack = pieces.filter((piece) => piece.waiting === 0);
  stack.sort((a, b) => b.weight - a.weight || b.start - a.start);
  const order: LocalRange[] = [];
  for (let piece = stack.pop(); piece !== undefined; piece = stack.pop()) {
    order.push({ start: piece.start, end: piece.end });
    for (const child of piece.children) {
      child.waiting -= 1;
      if (child.waiting === 0) stack.push(child);
    }
  }
  return order;
}

// Cuts entries where a range ends, and after each event that is a parent from
// elsewhere, so that a branch is left exactly where another begins.
function cutPieces(graph: EventGraph, ranges: readonly LocalRange[]): readonly Piece[] {
  const cuts = new Set<number>();
  const bounds: LocalRange[] = [];
  for (const range of ranges) {
    let { start } = range;
    while (start < range.end) {
      const entry = graph.entryAt(start);
      const end = Math.min(entry.end, range.end);
      bounds.push({ start, end });
      if (entry.start === start) for (const parent of entry.parents) cuts.add(parent + 1);
      start = end;
    }
  }
  const sortedCuts = [...cuts].sort((a, b) => a - b);
  const pieces: Piece[] = [];
  let cutIndex = 0;
  for (const { start, end } of bounds) {
    let from = start;
    while (cutIndex < sortedCuts.length && sortedCuts[cutIndex]! <= from) cutIndex += 1;
    while (cutIndex < sortedCuts.length && sortedCuts[cutIndex]! < end) {
      pieces.push(newPiece(from, sortedCuts[cutIndex]!));
      from = sortedCuts[cutIndex]!;
      cutIndex += 1;
    }
    pieces.push(newPiece(from, end));
  }
  return pieces;
}

function link(graph: EventGraph, pieces: readonly Piece[]): void {
  const byEnd = new Map<number, Piece>();
  for (const piece of pieces) {
    for (const parent of graph.parents(piece.start)) {
      const source = byEnd.get(parent + 1);
      if (source === undefined) continue;
      source.children.push(piece);
      piece.waiting += 1;
    }
    byEnd.set(piece.end, piece);
  }
}

function newPiece(start: number, end: number): Piece {
  return { start, end, children: [], waiting: 0, weight: end - start };
}
