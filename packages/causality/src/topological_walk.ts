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
// Pieces are columns of typed arrays, in order of local numbers, so parents come first.
//
// Source: Gentle and Kleppmann 2025, section 3.7.

import type { EventGraph, LocalRange } from "./event_graph.ts";

/**
 * The events of `ranges` in a causal order with long uninterrupted branches.
 *
 * @param ranges - Ascending, not touching.
 * @returns Pieces of `ranges`, each within one entry of the graph. O(pieces log pieces).
 */
export function walkOrder(graph: EventGraph, ranges: readonly LocalRange[]): readonly LocalRange[] {
  if (ranges.length === 0) return ranges;
  if (ranges.length === 1) {
    const { start, end } = ranges[0]!;
    if (graph.entryEnd(graph.entryIndex(start)) >= end) return ranges;
  }
  return new Walk(graph, ranges).order();
}

class Walk {
  readonly #graph: EventGraph;
  // For each piece: where it begins and ends, and the entry that it lies in.
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #entries: number[] = [];
  // The pieces that have an event of piece i as a parent: targets from firsts[i] up to firsts[i + 1].
  #firsts = new Int32Array(0);
  #targets = new Int32Array(0);
  // For each piece: parents' pieces that are yet to come.
  #waiting = new Int32Array(0);
  // Events in and after each piece; those that can be reached twice count twice.
  #weights = new Float64Array(0);

  constructor(graph: EventGraph, ranges: readonly LocalRange[]) {
    this.#graph = graph;
    this.#cut(ranges);
    this.#link();
    this.#weigh();
  }

  order(): readonly LocalRange[] {
    const stack: number[] = [];
    const waiting = this.#waiting;
    for (let piece = 0; piece < this.#starts.length; piece += 1) {
      if (waiting[piece] === 0) stack.push(piece);
    }
    this.#sort(stack, 0);
    const order: LocalRange[] = [];
    for (let piece = stack.pop(); piece !== undefined; piece = stack.pop()) {
      order.push({ start: this.#starts[piece]!, end: this.#ends[piece]! });
      const from = stack.length;
      const end = this.#firsts[piece + 1]!;
      for (let index = this.#firsts[piece]!; index < end; index += 1) {
        const child = this.#targets[index]!;
        waiting[child]! -= 1;
        if (waiting[child] === 0) stack.push(child);
      }
      if (stack.length > from + 1) this.#sort(stack, from);
    }
    return order;
  }

  // Cuts entries where a range ends, and after each event that is a parent from
  // elsewhere, so that a branch is left exactly where another begins.
  #cut(ranges: readonly LocalRange[]): void {
    const graph = this.#graph;
    const cuts = this.#cuts(ranges);
    let cut = 0;
    for (const { start, end } of ranges) {
      let entry = graph.entryIndex(start);
      for (let from = start; from < end; entry += 1) {
        const to = Math.min(graph.entryEnd(entry), end);
        while (cut < cuts.length && cuts[cut]! <= from) cut += 1;
        while (cut < cuts.length && cuts[cut]! < to) {
          this.#add(from, cuts[cut]!, entry);
          from = cuts[cut]!;
          while (cut < cuts.length && cuts[cut]! <= from) cut += 1;
        }
        this.#add(from, to, entry);
        from = to;
      }
    }
  }

  // The numbers behind parents of entries' first events, ascending; some twice.
  #cuts(ranges: readonly LocalRange[]): Int32Array {
    const graph = this.#graph;
    const cuts: number[] = [];
    for (const { start, end } of ranges) {
      for (let entry = graph.entryIndex(start); entry < graph.entryCount; entry += 1) {
        const from = graph.entryStart(entry);
        if (from >= end) break;
        if (from < start) continue;
        const parent = graph.entryParent(entry);
        if (parent >= 0) cuts.push(parent + 1);
        else if (parent < -1) for (const lv of graph.entryParents(entry)) cuts.push(lv + 1);
      }
    }
    return Int32Array.from(cuts).sort();
  }

  #add(start: number, end: number, entry: number): void {
    this.#starts.push(start);
    this.#ends.push(end);
    this.#entries.push(entry);
  }

  // Finds children by going through parents twice: to count, and to list.
  #link(): void {
    const count = this.#starts.length;
    const sources: number[] = [];
    const targets: number[] = [];
    this.#waiting = new Int32Array(count);
    this.#firsts = new Int32Array(count + 1);
    for (let piece = 0; piece < count; piece += 1) {
      const start = this.#starts[piece]!;
      const entry = this.#entries[piece]!;
      if (this.#graph.entryStart(entry) !== start) {
        if (piece > 0 && this.#ends[piece - 1] === start) {
          sources.push(piece - 1);
          targets.push(piece);
        }
        continue;
      }
      for (const parent of this.#graph.entryParents(entry)) {
        const source = this.#endingAt(parent + 1, piece);
        if (source < 0) continue;
        sources.push(source);
        targets.push(piece);
      }
    }
    const firsts = this.#firsts;
    for (const source of sources) firsts[source + 1]! += 1;
    for (let piece = 0; piece < count; piece += 1) firsts[piece + 1]! += firsts[piece]!;
    const next = firsts.slice();
    this.#targets = new Int32Array(targets.length);
    for (let index = 0; index < targets.length; index += 1) {
      const source = sources[index]!;
      const target = targets[index]!;
      this.#targets[next[source]!] = target;
      next[source]! += 1;
      this.#waiting[target]! += 1;
    }
  }

  // The piece before `piece` that ends at `lv`, or -1. Looks near it first.
  #endingAt(lv: number, piece: number): number {
    const ends = this.#ends;
    let high = piece - 1;
    let low = 0;
    for (let step = 1; high - step >= 0; step *= 2) {
      if (ends[high - step]! < lv) {
        low = high - step + 1;
        break;
      }
      high -= step;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! < lv) low = middle + 1;
      else high = middle;
    }
    return low <= high && ends[low] === lv ? low : -1;
  }

  #weigh(): void {
    const count = this.#starts.length;
    const weights = new Float64Array(count);
    for (let piece = count - 1; piece >= 0; piece -= 1) {
      let weight = this.#ends[piece]! - this.#starts[piece]!;
      const end = this.#firsts[piece + 1]!;
      for (let index = this.#firsts[piece]!; index < end; index += 1) {
        weight += weights[this.#targets[index]!]!;
      }
      weights[piece] = weight;
    }
    this.#weights = weights;
  }

  // Sorts the end of the stack, from `from` on: what comes off first is the lightest, or the oldest.
  #sort(stack: number[], from: number): void {
    const part = stack.splice(from).sort((a, b) => {
      const [left, right] = [this.#weights[a]!, this.#weights[b]!];
      return left === right ? b - a : right - left;
    });
    for (const piece of part) stack.push(piece);
  }
}
