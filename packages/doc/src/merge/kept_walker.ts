// The walker that a state keeps from one merge to the next.
//
// People who type at once do so many times. What applies directly meanwhile the walker is
// told of only when it is needed again, and it is given up when that would cost more than a new
// one.

import {
  diffVersions,
  type LocalFrontier,
  type LocalRange,
  mergeBase,
  versionEvents,
} from "@holdfast/causality";
import type { History } from "../history/history.ts";
import { type VisibleTexts, Walker } from "./walker.ts";

// A walker that has fallen behind by no more rows than this is never given up.
const rowsBehindMin = 64;

/** A walker for a state, or none. */
export class KeptWalker {
  readonly #history: History;
  readonly #texts: VisibleTexts;
  #walker: Walker | null = null;
  // Events in the state that the walker was not told of; those that edit texts were each made upon all
  // that the state was on.
  #behind: LocalRange[] = [];
  #rowsBehind = 0;
  // Of the last of these: its first row, and how many rows those before it take.
  #firstRow = 0;
  #rowsBefore = 0;
  #isPinned = false;

  constructor(history: History, texts: VisibleTexts) {
    this.#history = history;
    this.#texts = texts;
  }

  /** Tells whether it is kept whatever that costs. */
  get isPinned(): boolean {
    return this.#isPinned;
  }

  /** A walker for an event with these parents, which are in the state, that is on `frontier`. */
  covering(parents: LocalFrontier, frontier: LocalFrontier): Walker {
    return this.#walker?.covers(parents)
      ? this.#caughtUp(this.#walker)
      : this.#renew(frontier, parents);
  }

  /** As {@link covering}, for events that lead to the version `after`. */
  coveringAll(
    ranges: readonly LocalRange[],
    frontier: LocalFrontier,
    after: LocalFrontier,
  ): Walker {
    const walker = this.#walker;
    if (walker !== null && this.#covers(walker, ranges)) return this.#caughtUp(walker);
    return this.#renew(frontier, after);
  }

  /** A walker for what stands upon `base`, which the state is on. */
  begin(base: LocalFrontier): Walker {
    this.drop();
    this.#walker = new Walker(this.#history, base);
    return this.#walker;
  }

  /** A walker that knows all that `frontier`, which the state is on, holds. It is pinned. */
  pin(frontier: LocalFrontier): Walker {
    if (this.#walker === null || this.#walker.base.length > 0) {
      this.begin([]).catchUp(versionEvents(this.#history.graph, frontier), this.#texts);
    }
    this.#isPinned = true;
    return this.#caughtUp(this.#walker!);
  }

  /** Notes events `start` to `end - 1`, which the state got otherwise. */
  fallBehind(start: number, end: number): void {
    if (this.#walker === null) return;
    const { operations } = this.#history;
    const last = this.#behind.at(-1);
    if (last !== undefined && last.end === start) {
      this.#behind[this.#behind.length - 1] = { start: last.start, end };
    } else {
      this.#behind.push({ start, end });
      this.#rowsBefore = this.#rowsBehind;
      this.#firstRow = operations.rowIndex(start);
    }
    this.#rowsBehind = this.#rowsBefore + operations.rowIndex(end - 1) - this.#firstRow + 1;
    if (this.#rowsBehind > rowsBehindMin + this.#walker.rowsFed && !this.#isPinned) this.drop();
  }

  /** Gives the walker up where it can't be told of an event with these parents. */
  dropUnlessCovering(parents: LocalFrontier): void {
    if (this.#walker?.covers(parents) === false) this.drop();
  }

  /** Gives the walker up. */
  drop(): void {
    this.#walker = null;
    this.#isPinned = false;
    this.#behind = [];
    this.#rowsBehind = 0;
  }

  // A walker that knows what the state has beyond what it has in common with `version`.
  #renew(frontier: LocalFrontier, version: LocalFrontier): Walker {
    const { graph } = this.#history;
    const walker = this.begin(mergeBase(graph, [frontier, version]).base);
    walker.catchUp(diffVersions(graph, frontier, walker.base).onlyA, this.#texts);
    return walker;
  }

  #covers(walker: Walker, ranges: readonly LocalRange[]): boolean {
    const { graph } = this.#history;
    for (const { start, end } of ranges) {
      const last = graph.entryIndex(end - 1);
      for (let entry = graph.entryIndex(start); entry <= last; entry += 1) {
        const first = Math.max(start, graph.entryStart(entry));
        if (!walker.covers(graph.parents(first))) return false;
      }
    }
    return true;
  }

  #caughtUp(walker: Walker): Walker {
    if (this.#behind.length > 0) {
      this.#behind.sort((a, b) => a.start - b.start);
      walker.catchUpOnTop(this.#behind, this.#texts);
      this.#behind = [];
      this.#rowsBehind = 0;
    }
    return walker;
  }
}
