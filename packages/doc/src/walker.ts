// Replays events that happened on another version than the document's.
//
// A walker begins at a base version that every event after it has among its
// ancestors, and is fed all events since, in causal order. For each it prepares
// its trackers for the event's own version (makes them see, or no longer see,
// what lies between the last event's version and this one's), and then lets them
// place the edit. See tracker.ts for how.
//
// Invariants:
//   W1  What was fed is everything since the base; each event fed has the base among its ancestors.
//   W2  The prepared version lies between the base and what was fed.
//
// Source: Gentle and Kleppmann 2025, section 3.2.

import {
  equalFrontiers,
  type LocalFrontier,
  type LocalRange,
  visitDifference,
} from "@holdfast/causality";
import { assert } from "@holdfast/std";
import type { History } from "./history.ts";
import type { OperationRow } from "./operation_log.ts";
import { Tracker, unknownLength } from "./tracker.ts";
import { Units } from "./units.ts";

/** A row that edits a text. */
export type TextRow = OperationRow & { readonly type: "insert" | "delete" };

/** Tells whether a row edits a text. */
export function isTextRow(row: OperationRow): row is TextRow {
  return row.type === "insert" || row.type === "delete";
}

/** Takes what a row of a text does to the visible text: `deleted` units go from `at`, then the row's text comes. */
export type EditSink = (row: TextRow, at: number, deleted: number) => void;

/** What a walker needs to know of the texts that it is for. */
export interface VisibleTexts {
  /** Units of the visible text `container`. */
  length(container: string): number;
}

/** Concurrent text edits since a base version, and where they belong. */
export class Walker {
  /** Events since this version have been fed. */
  readonly base: LocalFrontier;
  readonly #history: History;
  readonly #units = new Units();
  readonly #trackers = new Map<string, Tracker>();
  #prepared: LocalFrontier;
  #rowsFed = 0;

  constructor(history: History, base: LocalFrontier) {
    this.#history = history;
    this.base = base;
    this.#prepared = base;
  }

  /** How many rows were fed, as a measure of what it would take to build this again. */
  get rowsFed(): number {
    return this.#rowsFed;
  }

  /** The tracker of a text, or null where nothing fed edits it. */
  tracker(container: string): Tracker | null {
    return this.#trackers.get(container) ?? null;
  }

  /** Tells whether an event with these parents has the base among its ancestors. */
  covers(parents: LocalFrontier): boolean {
    const newest = this.base.at(-1) ?? -1;
    return (parents.at(-1) ?? -1) > newest || equalFrontiers(parents, this.base);
  }

  /**
   * Feeds events whose edits the visible texts, as they are now, have in them already.
   *
   * @param ranges - In causal order, each within one entry of the graph.
   */
  catchUp(ranges: readonly LocalRange[], texts: VisibleTexts): void {
    for (const range of ranges) {
      this.#each(range, (row) => {
        const tracker = this.#trackerFor(row.container, unknownLength);
        if (row.type === "insert") tracker.insert(row.start, row.at, row.end - row.start);
        else tracker.delete(row.start, row.at, row.end - row.start, row.backward);
      });
    }
    for (const [container, tracker] of this.#trackers) {
      if (tracker.isUnsettled) tracker.settle(texts.length(container));
    }
  }

  /**
   * Feeds new events, and hands on what they do to the visible texts. `check` is
   * called before each row, with the tracker prepared for it.
   *
   * @throws {HoldfastError} `invalid_operation` where an event can't have
   *   happened on its version. The walker is of no use after that.
   */
  feed(
    range: LocalRange,
    texts: VisibleTexts,
    check: (row: TextRow, tracker: Tracker) => void,
    sink: EditSink,
  ): void {
    this.#each(range, (row) => {
      const tracker = this.#trackerFor(row.container, texts.length(row.container));
      check(row, tracker);
      if (row.type === "insert") {
        sink(row, tracker.insert(row.start, row.at, row.end - row.start), 0);
        return;
      }
      const edits = tracker.delete(row.start, row.at, row.end - row.start, row.backward);
      for (const { at, deleted } of edits) sink(row, at, deleted);
    });
  }

  /** Prepares for `version`, which lies between the base and what was fed. O(rows that differ). */
  prepare(version: LocalFrontier): void {
    if (equalFrontiers(version, this.#prepared)) return;
    const units = this.#units;
    visitDifference(this.#history.graph, this.#prepared, version, (start, end, isOnlyPrepared) => {
      units.toggle(start, end, isOnlyPrepared ? -1 : 1);
    });
    units.tree.flush();
    this.#prepared = version;
  }

  // Cuts a range where the graph or the operations do, and prepares for each part.
  #each(range: LocalRange, visit: (row: TextRow) => void): void {
    const { graph, operations } = this.#history;
    let { start } = range;
    while (start < range.end) {
      const end = Math.min(graph.entryAt(start).end, range.end);
      const parents = graph.parents(start);
      assert(this.covers(parents), "W1: event from before the base");
      this.prepare(parents);
      for (const row of operations.rows({ start, end })) {
        this.#rowsFed += 1;
        if (isTextRow(row)) visit(row);
      }
      this.#prepared = [end - 1];
      start = end;
    }
  }

  #trackerFor(container: string, baseLength: number): Tracker {
    const known = this.#trackers.get(container);
    if (known !== undefined) return known;
    const { graph } = this.#history;
    const tracker = new Tracker(this.#units, this.base.length === 0 ? 0 : baseLength, (lv) =>
      graph.agentOf(lv),
    );
    this.#trackers.set(container, tracker);
    return tracker;
  }
}
