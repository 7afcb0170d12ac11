// An order in which to replay events that goes back and forth as little as can be, and
// what to go back and forth over.
//
// Problem. Replaying an event wants the document on the event's own version.
// Numbered as they arrived, the events of two people who typed at once alternate,
// and each step undoes one branch and redoes the other. And to find out what two versions
// differ in takes longer than to replay a keystroke.
//
// Method. Depth first: having replayed a piece, go on with a child of it that has
// all its parents behind it, the one with least to come; a merge waits until
// its last branch is done. Any causal order gives the same document, so this is
// about time only.
//
// A piece comes to be ready when the last of its parents was replayed, and its version holds
// all that was seen then. So a log is kept of what came in sight: to go to a piece's version, go
// back in the log to when it came to be ready, and then ahead to what its other parents
// have in sight beyond that. What was gone over twice cancels out. Nothing else of the history
// is looked at. Only where events have parents outside of what is walked, and beyond
// where it began, versions are compared.
//
// Pieces are columns of typed arrays, in order of local numbers, so parents come first.
//
// Source: Gentle and Kleppmann 2025, section 3.7. The log is ours.

import {
  type EventGraph,
  equalFrontiers,
  type LocalFrontier,
  type LocalRange,
} from "./event_graph.ts";
import { visitDifference } from "./version.ts";

/** Follows a walk. */
export interface Sight {
  /** Events `start` to `end - 1` come in sight, for 1, or go out of it, for -1. */
  toggle(start: number, end: number, by: number): void;
}

/** What a walk begins with. */
export interface WalkOrigin {
  /** The version that is in sight. */
  readonly version: LocalFrontier;
  /** Every event of the walk has this version, which is in sight for good, among its ancestors. */
  readonly base: LocalFrontier;
}

const nobody: Sight = { toggle: () => {} };

const beginning: WalkOrigin = { version: [], base: [] };

// Of a piece: it is in sight; it was not, or was, before this step; it is in the list of this step;
// it has parents outside of the walk, beyond the base.
const seenFlag = 1;
const changedFlag = 2;
const listedFlag = 4;
const outsideFlag = 8;

// So many are sorted without much ado.
const fewReady = 16;

/** Pieces of history, in order. Begins before the first. */
export class Walk {
  /** The piece at hand, which lies within one entry of the graph: `start` up to, not including, `end`. */
  start = 0;
  end = 0;
  /** How many steps needed nothing but the log, and how many a comparison of versions. */
  readonly paths = { straight: 0, logged: 0, compared: 0 };
  readonly #graph: EventGraph;
  // Where the walk began.
  readonly #version: LocalFrontier;
  readonly #newestOfBase: number;
  // For each piece: where it begins and ends, and the entry that it lies in, or -1 where the piece
  // before it lies there, too, and touches it.
  #count = 0;
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);
  #entries = new Int32Array(0);
  // Links from parents to children, ascending by child, and of each piece the first as a child.
  #firsts = new Int32Array(0);
  readonly #sources: number[] = [];
  readonly #targets: number[] = [];
  // For each link the next one with the same parent, and for each piece the first; or -1.
  readonly #nexts: number[] = [];
  #heads = new Int32Array(0);
  // For each piece: parents' pieces that are yet to come.
  #waiting = new Int32Array(0);
  // Events in and after each piece; those that can be reached twice count twice.
  #weights = new Float64Array(0);
  #flags = new Uint8Array(0);
  // Pieces that came in sight, but for those from which the walk went back.
  readonly #log: number[] = [];
  // Pieces that are ready, and where the log ended when they came to be so.
  readonly #ready: number[] = [];
  readonly #readyAt: number[] = [];
  // What came to be ready before here in the log has no place in it any more.
  #comparedAt = 0;
  // Pieces whose sight changed in this step.
  readonly #changed: number[] = [];
  // The piece at hand, or -1.
  #last = -1;

  /**
   * @param ranges - Ascending, not touching. All of the ancestors of each are in sight, or in ranges before it.
   * @param origin - By default nothing is in sight.
   */
  constructor(graph: EventGraph, ranges: readonly LocalRange[], origin = beginning) {
    this.#graph = graph;
    this.#version = origin.version;
    this.#newestOfBase = origin.base.at(-1) ?? -1;
    this.#cut(ranges, this.#cuts(ranges));
    this.#link();
    this.#weigh();
    const at = equalFrontiers(origin.version, origin.base) ? 0 : -1;
    for (let piece = 0; piece < this.#count; piece += 1) {
      if (this.#waiting[piece] !== 0) continue;
      this.#ready.push(piece);
      this.#readyAt.push(at);
    }
    this.#sort(0);
  }

  /**
   * Goes to the next piece, and tells `sight` what has to come in sight, or go out of it, so that
   * its version is. It is then in sight itself. False where there is none.
   */
  next(sight: Sight): boolean {
    const ready = this.#ready;
    const piece = ready.pop();
    if (piece === undefined) return false;
    const log = this.#log;
    if (this.#look(piece, this.#readyAt.pop()!)) {
      if (this.#changed.length === 0) this.paths.straight += 1;
      else {
        this.paths.logged += 1;
        this.#tell(sight);
      }
    } else this.#compare(piece, sight);
    this.#flags[piece]! |= seenFlag;
    log.push(piece);
    this.start = this.#starts[piece]!;
    this.end = this.#ends[piece]!;
    this.#last = piece;
    const bottom = ready.length;
    const waiting = this.#waiting;
    for (let link = this.#heads[piece]!; link >= 0; link = this.#nexts[link]!) {
      const child = this.#targets[link]!;
      const count = waiting[child]! - 1;
      waiting[child] = count;
      if (count > 0) continue;
      ready.push(child);
      this.#readyAt.push(log.length);
    }
    if (ready.length > bottom + 1) this.#sort(bottom);
    return true;
  }

  // Sorts what came to be ready in one step: the lightest, or the oldest, is next.
  #sort(bottom: number): void {
    const ready = this.#ready;
    if (ready.length > bottom + fewReady) {
      const part = ready.splice(bottom).sort((a, b) => (this.#isLater(a, b) ? -1 : 1));
      for (const piece of part) ready.push(piece);
      return;
    }
    for (let index = bottom + 1; index < ready.length; index += 1) {
      const piece = ready[index]!;
      let place = index;
      while (place > bottom && this.#isLater(piece, ready[place - 1]!)) {
        ready[place] = ready[place - 1]!;
        place -= 1;
      }
      ready[place] = piece;
    }
  }

  #isLater(piece: number, other: number): boolean {
    const weight = this.#weights[piece]!;
    const otherWeight = this.#weights[other]!;
    return weight === otherWeight ? piece > other : weight > otherWeight;
  }

  // Goes back and ahead in the log, to the version of `piece`. False, with nothing changed, where
  // the log does not lead there.
  #look(piece: number, readyAt: number): boolean {
    const flags = this.#flags;
    if (readyAt < this.#comparedAt || (flags[piece]! & outsideFlag) !== 0) return false;
    const log = this.#log;
    const changed = this.#changed;
    while (log.length > readyAt) {
      const back = log.pop()!;
      const flag = flags[back]!;
      if ((flag & listedFlag) === 0) changed.push(back);
      flags[back] = (flag ^ (seenFlag | changedFlag)) | listedFlag;
    }
    const firsts = this.#firsts;
    const sources = this.#sources;
    let next = log.length;
    for (let look = piece; ; look = log[next]!, next += 1) {
      const end = firsts[look + 1]!;
      for (let link = firsts[look]!; link < end; link += 1) {
        const ahead = sources[link]!;
        const flag = flags[ahead]!;
        if ((flag & seenFlag) !== 0) continue;
        if ((flag & outsideFlag) !== 0) {
          this.#restore();
          return false;
        }
        if ((flag & listedFlag) === 0) changed.push(ahead);
        flags[ahead] = (flag ^ (seenFlag | changedFlag)) | listedFlag;
        log.push(ahead);
      }
      if (next === log.length) return true;
    }
  }

  #tell(sight: Sight): void {
    const changed = this.#changed;
    const flags = this.#flags;
    for (let index = 0; index < changed.length; index += 1) {
      const piece = changed[index]!;
      const flag = flags[piece]!;
      flags[piece] = flag & ~(changedFlag | listedFlag);
      if ((flag & changedFlag) === 0) continue;
      sight.toggle(this.#starts[piece]!, this.#ends[piece]!, (flag & seenFlag) === 0 ? -1 : 1);
    }
    changed.length = 0;
  }

  #restore(): void {
    for (const piece of this.#changed) {
      const flags = this.#flags[piece]!;
      const seen = (flags & changedFlag) === 0 ? 0 : seenFlag;
      this.#flags[piece] = (flags ^ seen) & ~(changedFlag | listedFlag);
    }
    this.#changed.length = 0;
  }

  // Goes to the version of `piece` from where the walk is, whatever that is.
  #compare(piece: number, sight: Sight): void {
    this.paths.compared += 1;
    const graph = this.#graph;
    const from = this.#last < 0 ? this.#version : [this.#ends[this.#last]! - 1];
    visitDifference(
      graph,
      from,
      graph.parents(this.#starts[piece]!),
      (start, end, isOnlyInFrom) => {
        sight.toggle(start, end, isOnlyInFrom ? -1 : 1);
        for (let other = this.#endingAfter(start); other < this.#count; other += 1) {
          if (this.#starts[other]! >= end) break;
          this.#flags[other]! ^= seenFlag;
        }
      },
    );
    // What is ready was so at an earlier place of the log, if at all.
    this.#comparedAt = this.#log.length + 1;
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
    this.#starts = starts;
    this.#ends = ends;
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
    const starts = this.#starts;
    const firsts = new Int32Array(count + 1);
    this.#firsts = firsts;
    this.#heads = new Int32Array(count).fill(-1);
    this.#waiting = new Int32Array(count);
    this.#flags = new Uint8Array(count);
    for (let piece = 0; piece < count; piece += 1) {
      firsts[piece] = this.#sources.length;
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
    firsts[count] = this.#sources.length;
  }

  #linkTo(parent: number, piece: number): void {
    const ends = this.#ends;
    // Nearly always the piece before.
    const near = piece - 1;
    const source = near >= 0 && ends[near] === parent + 1 ? near : this.#endingBefore(near, parent);
    if (source < piece && ends[source] === parent + 1) this.#addLink(source, piece);
    else if (parent > this.#newestOfBase) this.#flags[piece]! |= outsideFlag;
  }

  #addLink(source: number, target: number): void {
    this.#waiting[target]! += 1;
    const sources = this.#sources;
    this.#nexts.push(this.#heads[source]!);
    this.#heads[source] = sources.length;
    sources.push(source);
    this.#targets.push(target);
  }

  // As `endingAfter`, for pieces up to `last`, near which it is looked for first.
  #endingBefore(last: number, lv: number): number {
    const ends = this.#ends;
    let low = last;
    let high = last;
    for (let step = 1; low >= 0 && ends[low]! > lv; step *= 2) {
      high = low;
      low -= step;
    }
    return this.#endingAfter(lv, Math.max(low, 0), Math.max(high, 0));
  }

  // The first piece from `from` up to `to` that ends after `lv`; `to` where there is none before.
  #endingAfter(lv: number, from = 0, to = this.#count): number {
    const ends = this.#ends;
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! <= lv) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #weigh(): void {
    const weights = new Float64Array(this.#count);
    const firsts = this.#firsts;
    const sources = this.#sources;
    let link = sources.length - 1;
    for (let piece = this.#count - 1; piece >= 0; piece -= 1) {
      const weight = weights[piece]! + this.#ends[piece]! - this.#starts[piece]!;
      weights[piece] = weight;
      for (const first = firsts[piece]!; link >= first; link -= 1)
        weights[sources[link]!]! += weight;
    }
    this.#weights = weights;
  }
}

/**
 * The events of `ranges` in a causal order with long uninterrupted branches, as {@link Walk}.
 *
 * @param ranges - Ascending, not touching.
 * @returns Pieces of `ranges`, each within one entry of the graph.
 */
export function walkOrder(graph: EventGraph, ranges: readonly LocalRange[]): readonly LocalRange[] {
  if (ranges.length === 0 || isPiece(graph, ranges)) return ranges;
  const walk = new Walk(graph, ranges);
  const order: LocalRange[] = [];
  while (walk.next(nobody)) order.push({ start: walk.start, end: walk.end });
  return order;
}

function isPiece(graph: EventGraph, ranges: readonly LocalRange[]): boolean {
  const { start, end } = ranges[0]!;
  return ranges.length === 1 && graph.entryEnd(graph.entryIndex(start)) >= end;
}
