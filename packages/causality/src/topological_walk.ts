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
// its last branch is done, and until children that merge nothing are. Where all merge, who
// wrote the piece goes on. (Who sees each keystroke of one who does not see his would
// else be walked in turn with that one, and all of his taken out of sight each time.)
// Any causal order gives the same document, so this is about time only.
//
// A piece comes to be ready when the last of its parents was replayed, and its version holds
// all that was seen then. So a log is kept of what came in sight: to go to a piece's version, go
// back in the log to when it came to be ready, and then ahead to what its other parents
// have in sight beyond that. What was gone over twice cancels out. Nothing else of the history
// is looked at. Only where events have parents outside of what is walked, and beyond
// where it began, versions are compared.
//
// Source: Gentle and Kleppmann 2025, section 3.7. The log is ours.

import {
  type EventGraph,
  equalFrontiers,
  type LocalFrontier,
  type LocalRange,
} from "./event_graph.ts";
import { Pieces } from "./pieces.ts";
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

const beginning: WalkOrigin = { version: [], base: [] };

// Of a piece: it is in sight; it was not, or was, before this step; it is in the list of this step.
const seenFlag = 1;
const changedFlag = 2;
const listedFlag = 4;

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
  readonly #pieces: Pieces;
  // For each piece: parents' pieces that are yet to come.
  readonly #waiting: Int32Array;
  readonly #flags: Uint8Array;
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
    this.#pieces = new Pieces(graph, ranges, origin.base.at(-1) ?? -1);
    this.#waiting = this.#pieces.parentCounts;
    this.#flags = new Uint8Array(this.#pieces.count);
    const at = equalFrontiers(origin.version, origin.base) ? 0 : -1;
    for (let piece = 0; piece < this.#pieces.count; piece += 1) {
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
    this.start = this.#pieces.starts[piece]!;
    this.end = this.#pieces.ends[piece]!;
    this.#last = piece;
    const bottom = ready.length;
    const waiting = this.#waiting;
    for (let link = this.#pieces.heads[piece]!; link >= 0; link = this.#pieces.nexts[link]!) {
      const child = this.#pieces.targets[link]!;
      const count = waiting[child]! - 1;
      waiting[child] = count;
      if (count > 0) continue;
      ready.push(child);
      this.#readyAt.push(log.length);
    }
    if (ready.length > bottom + 1) {
      this.#sort(bottom);
      if (this.#pieces.isMerge(ready[ready.length - 1]!)) this.#goOn(bottom);
    }
    return true;
  }

  // Of what came to be ready in this step, what has the author of the piece at hand is next.
  #goOn(bottom: number): void {
    const graph = this.#graph;
    const ready = this.#ready;
    const agent = graph.agentOf(this.start);
    for (let index = bottom; index < ready.length; index += 1) {
      const piece = ready[index]!;
      if (graph.agentOf(this.#pieces.starts[piece]!) !== agent) continue;
      ready.copyWithin(index, index + 1);
      ready[ready.length - 1] = piece;
      return;
    }
  }

  // Sorts what came to be ready in one step: what merges nothing, the lightest, the oldest is next.
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
    const isMerge = this.#pieces.isMerge(piece);
    if (isMerge !== this.#pieces.isMerge(other)) return isMerge;
    const weight = this.#pieces.weights[piece]!;
    const otherWeight = this.#pieces.weights[other]!;
    return weight === otherWeight ? piece > other : weight > otherWeight;
  }

  // Goes back and ahead in the log, to the version of `piece`. False, with nothing changed, where
  // the log does not lead there.
  #look(piece: number, readyAt: number): boolean {
    const flags = this.#flags;
    if (readyAt < this.#comparedAt || this.#pieces.outside[piece] === 1) return false;
    const log = this.#log;
    const changed = this.#changed;
    while (log.length > readyAt) {
      const back = log.pop()!;
      const flag = flags[back]!;
      if ((flag & listedFlag) === 0) changed.push(back);
      flags[back] = (flag ^ (seenFlag | changedFlag)) | listedFlag;
    }
    const { firsts, sources, outside } = this.#pieces;
    let next = log.length;
    for (let look = piece; ; look = log[next]!, next += 1) {
      const end = firsts[look + 1]!;
      for (let link = firsts[look]!; link < end; link += 1) {
        const ahead = sources[link]!;
        const flag = flags[ahead]!;
        if ((flag & seenFlag) !== 0) continue;
        if (outside[ahead] === 1) {
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
      sight.toggle(
        this.#pieces.starts[piece]!,
        this.#pieces.ends[piece]!,
        (flag & seenFlag) === 0 ? -1 : 1,
      );
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
    const from = this.#last < 0 ? this.#version : [this.#pieces.ends[this.#last]! - 1];
    visitDifference(
      graph,
      from,
      graph.parents(this.#pieces.starts[piece]!),
      (start, end, isOnlyInFrom) => {
        sight.toggle(start, end, isOnlyInFrom ? -1 : 1);
        for (let other = this.#pieces.endingAfter(start); other < this.#pieces.count; other += 1) {
          if (this.#pieces.starts[other]! >= end) break;
          this.#flags[other]! ^= seenFlag;
        }
      },
    );
    // What is ready was so at an earlier place of the log, if at all.
    this.#comparedAt = this.#log.length + 1;
  }
}
