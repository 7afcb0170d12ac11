// History in pieces, each of which is walked in one go, and how they hang together.
//
// Entries are cut where a range ends, and after each event that is a parent from elsewhere, so that
// a branch is left exactly where another begins. Pieces are columns of typed arrays, in order
// of local numbers, so parents come first.

import type { EventGraph, LocalRange } from "./event_graph.ts";

// Two who write at once merge all the time, and what lies behind the next few merges tells nothing
// of which one to follow first; between branches that are merged once in a while it tells all. Found
// by trying: from 0.995 to 0.9999 neither kind of history is walked much worse.
const mergeDiscount = 0.998;

/** Pieces of some ranges, by index. */
export class Pieces {
  /** For each piece: where it begins and ends. */
  starts = new Int32Array(0);
  ends = new Int32Array(0);
  /**
   * Links from parents to children, ascending by child. Piece i is the child of links `firsts[i]`
   * up to, not including, `firsts[i + 1]`.
   */
  firsts = new Int32Array(0);
  readonly sources: number[] = [];
  readonly targets: number[] = [];
  /** For each link the next one with the same parent, and for each piece the first; or -1. */
  readonly nexts: number[] = [];
  heads = new Int32Array(0);
  /** For each piece: how many parents it has among the pieces. */
  parentCounts = new Int32Array(0);
  /** For each piece: events on the longest way from it to an end, what comes after a merge being discounted. */
  weights = new Float64Array(0);
  /** For each piece: 1 where it has parents after `newestInside` that are in no piece. */
  outside = new Uint8Array(0);
  #count = 0;
  readonly #graph: EventGraph;
  readonly #newestInside: number;
  // The entry that each piece lies in, or -1 where the piece before it lies there, too, and touches it.
  #entries = new Int32Array(0);

  /** @param ranges - Ascending, not touching. O(pieces log pieces). */
  constructor(graph: EventGraph, ranges: readonly LocalRange[], newestInside: number) {
    this.#graph = graph;
    this.#newestInside = newestInside;
    this.#cut(ranges, this.#cuts(ranges));
    this.#link();
    this.#weigh();
  }

  get count(): number {
    return this.#count;
  }

  /** Tells whether it has several parents among the pieces. */
  isMerge(piece: number): boolean {
    return this.firsts[piece + 1]! - this.firsts[piece]! > 1;
  }

  /** The first piece from `from` up to `to` that ends after `lv`; `to` where there is none before. */
  endingAfter(lv: number, from = 0, to = this.#count): number {
    const ends = this.ends;
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! <= lv) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Cuts entries where a range ends, and after each event that is a parent from
  // elsewhere, so that a branch is left exactly where another begins.
  #cut(ranges: readonly LocalRange[], cuts: Int32Array): void {
    const graph = this.#graph;
    let room = cuts.length;
    for (const { start, end } of ranges) {
      room += graph.entryIndex(end - 1) - graph.entryIndex(start) + 1;
    }
    const starts = new Int32Array(room);
    const ends = new Int32Array(room);
    const entries = new Int32Array(room);
    let count = 0;
    let at = 0;
    for (const { start, end } of ranges) {
      let entry = graph.entryIndex(start);
      for (let from = start; from < end; entry += 1) {
        const to = Math.min(graph.entryEnd(entry), end);
        for (let first = entry; from < to; first = -1) {
          while (at < cuts.length && cuts[at]! <= from) at += 1;
          const stop = at < cuts.length && cuts[at]! < to ? cuts[at]! : to;
          starts[count] = from;
          ends[count] = stop;
          entries[count] = first;
          count += 1;
          from = stop;
        }
      }
    }
    this.#count = count;
    this.starts = starts;
    this.ends = ends;
    this.#entries = entries;
  }

  // The numbers behind parents of entries' first events, ascending; some twice.
  #cuts(ranges: readonly LocalRange[]): Int32Array {
    const graph = this.#graph;
    const cuts: number[] = [];
    for (const { start, end } of ranges) {
      const last = graph.entryIndex(end - 1);
      for (let entry = graph.entryIndex(start); entry <= last; entry += 1) {
        const parent = graph.entryParent(entry);
        if (parent >= 0) cuts.push(parent + 1);
        else if (parent < -1) {
          const parents = graph.entryParents(entry);
          for (let index = 0; index < parents.length; index += 1) cuts.push(parents[index]! + 1);
        }
      }
    }
    return new Int32Array(cuts).sort();
  }

  #link(): void {
    const graph = this.#graph;
    const count = this.#count;
    const entries = this.#entries;
    const starts = this.starts;
    const firsts = new Int32Array(count + 1);
    this.firsts = firsts;
    this.heads = new Int32Array(count).fill(-1);
    this.parentCounts = new Int32Array(count);
    this.outside = new Uint8Array(count);
    for (let piece = 0; piece < count; piece += 1) {
      firsts[piece] = this.sources.length;
      const entry = entries[piece]!;
      if (entry < 0) {
        this.#addLink(piece - 1, piece);
        continue;
      }
      const start = starts[piece]!;
      const parent = graph.entryStart(entry) === start ? graph.entryParent(entry) : start - 1;
      if (parent >= 0) this.#linkTo(parent, piece);
      else if (parent < -1) {
        const parents = graph.entryParents(entry);
        for (let index = 0; index < parents.length; index += 1)
          this.#linkTo(parents[index]!, piece);
      }
    }
    firsts[count] = this.sources.length;
  }

  #linkTo(parent: number, piece: number): void {
    const ends = this.ends;
    // Nearly always the piece before.
    const near = piece - 1;
    const source = near >= 0 && ends[near] === parent + 1 ? near : this.#endingBefore(near, parent);
    if (source < piece && ends[source] === parent + 1) this.#addLink(source, piece);
    else if (parent > this.#newestInside) this.outside[piece] = 1;
  }

  #addLink(source: number, target: number): void {
    this.parentCounts[target]! += 1;
    const sources = this.sources;
    this.nexts.push(this.heads[source]!);
    this.heads[source] = sources.length;
    sources.push(source);
    this.targets.push(target);
  }

  // As `endingAfter`, for pieces up to `last`, near which it is looked for first.
  #endingBefore(last: number, lv: number): number {
    const ends = this.ends;
    let low = last;
    let high = last;
    for (let step = 1; low >= 0 && ends[low]! > lv; step *= 2) {
      high = low;
      low -= step;
    }
    return this.endingAfter(lv, Math.max(low, 0), Math.max(high, 0));
  }

  #weigh(): void {
    const weights = new Float64Array(this.#count);
    const { firsts, sources } = this;
    let link = sources.length - 1;
    for (let piece = this.#count - 1; piece >= 0; piece -= 1) {
      const weight = weights[piece]! + this.ends[piece]! - this.starts[piece]!;
      weights[piece] = weight;
      const first = firsts[piece]!;
      const way = link > first ? weight * mergeDiscount : weight;
      for (; link >= first; link -= 1) {
        const source = sources[link]!;
        if (weights[source]! < way) weights[source] = way;
      }
    }
    this.weights = weights;
  }
}
