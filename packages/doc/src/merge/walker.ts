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
  Walk,
} from "@holdfast/causality";
import { assert } from "@holdfast/std";
import type { History } from "../history/history.ts";
import { operationTags } from "../history/operation.ts";
import type { OperationRow } from "../history/operation_row.ts";
import { Tracker, unknownLength, type VisibleEdit } from "./tracker.ts";
import { Units } from "./units.ts";

/** A row that edits a text. */
export type TextRow = OperationRow & { readonly type: "insert" | "delete" };

/** Tells whether a row edits a text. */
export function isTextRow(row: OperationRow): row is TextRow {
  return row.type === "insert" || row.type === "delete";
}

/** Takes what events do to the visible texts, one after another. Rows are by index in the operation log. */
export interface VisibleEdits {
  /** Events `start` to `end - 1`, of a row, are next, and `tracker` is prepared for them. */
  check(row: number, start: number, end: number, tracker: Tracker): void;
  /** Their text comes to stand at `at`. */
  insert(row: number, start: number, end: number, at: number): void;
  /** Units go. */
  delete(row: number, edit: VisibleEdit): void;
}

/** What a walker needs to know of the texts that it is for. */
export interface VisibleTexts {
  /** Units of the visible text `container`. */
  length(container: string): number;
}

/** Concurrent text edits since a base version, and where they belong. */
export class Walker {
  /** Events since this version have been fed. */
  readonly base: LocalFrontier;
  /**
   * How many pieces were fed upon what was prepared already, and how their versions were found; and how
   * many rows that needed nothing prepared.
   */
  readonly paths = { straight: 0, logged: 0, compared: 0, onTop: 0 };
  readonly #history: History;
  readonly #units = new Units();
  // By index of the container.
  readonly #trackers: (Tracker | undefined)[] = [];
  #prepared: LocalFrontier;
  #rowsFed = 0;
  // Where the last row that was fed lies.
  #row = 0;

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
    const index = this.#history.operations.containers.indexOf(container);
    return this.#trackers[index] ?? null;
  }

  /** Tells whether an event with these parents has the base among its ancestors. */
  covers(parents: LocalFrontier): boolean {
    const newest = this.base.at(-1) ?? -1;
    return (parents.at(-1) ?? -1) > newest || equalFrontiers(parents, this.base);
  }

  /**
   * Feeds events whose edits the visible texts, as they are now, have in them already.
   *
   * @param ranges - Ascending, not touching, parents before children.
   */
  catchUp(ranges: readonly LocalRange[], texts: VisibleTexts): void {
    if (ranges.length === 0) return;
    this.#feed(ranges, null, null);
    this.#settle(texts);
  }

  /**
   * As {@link catchUp}, for events each of which was made upon all that was fed before it. What is
   * prepared stays so. O(log spans) for each span that they touch.
   */
  catchUpOnTop(ranges: readonly LocalRange[], texts: VisibleTexts): void {
    const { operations } = this.#history;
    for (const { start, end } of ranges) {
      for (let from = start, row = operations.rowIndex(start); from < end; row += 1) {
        const to = Math.min(operations.rowEnd(row), end);
        this.#rowsFed += 1;
        this.paths.onTop += 1;
        if (operations.rowKind(row) <= operationTags.deleteBackward) this.#putOnTop(row, from, to);
        from = to;
      }
    }
    this.#settle(texts);
  }

  /**
   * Feeds new events, and hands on what they do to the visible texts.
   *
   * @param ranges - As for {@link catchUp}.
   * @throws {HoldfastError} `invalid_operation` where an event can't have
   *   happened on its version. The walker is of no use after that.
   */
  feed(ranges: readonly LocalRange[], texts: VisibleTexts, edits: VisibleEdits): void {
    this.#feed(ranges, texts, edits);
  }

  /** Prepares for `version`, which lies between the base and what was fed. O(rows that differ). */
  prepare(version: LocalFrontier): void {
    if (equalFrontiers(version, this.#prepared)) {
      this.paths.straight += 1;
      return;
    }
    this.paths.compared += 1;
    visitDifference(this.#history.graph, this.#prepared, version, (start, end, isOnlyPrepared) => {
      this.#units.toggle(start, end, isOnlyPrepared ? -1 : 1);
    });
    this.#units.tree.flush();
    this.#prepared = version;
  }

  #feed(
    ranges: readonly LocalRange[],
    texts: VisibleTexts | null,
    edits: VisibleEdits | null,
  ): void {
    const { graph } = this.#history;
    if (ranges.length === 0) return;
    const { start, end } = ranges[0]!;
    if (ranges.length === 1 && graph.entryEnd(graph.entryIndex(start)) >= end) {
      const parents = graph.parents(start);
      assert(this.covers(parents), "W1: event from before the base");
      this.prepare(parents);
      this.#feedPiece(start, end, texts, edits);
    } else {
      const walk = new Walk(graph, ranges, { version: this.#prepared, base: this.base });
      while (walk.next(this.#units)) {
        this.#units.tree.flush();
        this.#feedPiece(walk.start, walk.end, texts, edits);
      }
      for (const path of ["straight", "logged", "compared"] as const) {
        this.paths[path] += walk.paths[path];
      }
    }
  }

  // Feeds events, within one entry of the graph, on whose version the trackers are.
  #feedPiece(
    start: number,
    end: number,
    texts: VisibleTexts | null,
    edits: VisibleEdits | null,
  ): void {
    const { operations } = this.#history;
    let row = this.#row;
    // Mostly the row that was fed last, or the one after it.
    if (operations.rowEnd(row) <= start && row + 1 < operations.rowCount) row += 1;
    if (operations.rowStart(row) > start || operations.rowEnd(row) <= start) {
      row = operations.rowIndex(start);
    }
    for (let from = start; from < end; row += 1) {
      const to = Math.min(operations.rowEnd(row), end);
      this.#row = row;
      this.#rowsFed += 1;
      if (operations.rowKind(row) <= operationTags.deleteBackward) {
        this.#feedRow(row, from, to, texts, edits);
      }
      from = to;
    }
    this.#prepared = [end - 1];
  }

  // Feeds events of one row, which edits a text.
  #feedRow(
    row: number,
    start: number,
    end: number,
    texts: VisibleTexts | null,
    edits: VisibleEdits | null,
  ): void {
    const { operations } = this.#history;
    const container = operations.rowContainer(row);
    const tracker = this.#trackers[container] ?? this.#newTracker(container, texts);
    if (edits !== null) edits.check(row, start, end, tracker);
    const kind = operations.rowKind(row);
    const at = operations.rowAt(row);
    const skipped = start - operations.rowStart(row);
    if (kind === operationTags.insert) {
      const place = tracker.insert(start, at + skipped, end - start);
      if (edits !== null) edits.insert(row, start, end, place);
    } else {
      const isBackward = kind === operationTags.deleteBackward;
      const first = isBackward ? at - skipped : at;
      const found = tracker.delete(start, first, end - start, isBackward);
      if (edits !== null) for (const edit of found) edits.delete(row, edit);
    }
  }

  // Feeds events of one row, which edits a text, to its tracker alone.
  #putOnTop(row: number, start: number, end: number): void {
    const { operations } = this.#history;
    const container = operations.rowContainer(row);
    const { uponAll } = this.#trackers[container] ?? this.#newTracker(container, null);
    const kind = operations.rowKind(row);
    const at = operations.rowAt(row);
    const skipped = start - operations.rowStart(row);
    if (kind === operationTags.insert) uponAll.insert(start, at + skipped, end - start);
    else {
      const isBackward = kind === operationTags.deleteBackward;
      uponAll.delete(start, isBackward ? at - skipped : at, end - start, isBackward);
    }
  }

  #settle(texts: VisibleTexts): void {
    for (const [index, tracker] of this.#trackers.entries()) {
      if (tracker?.isUnsettled !== true) continue;
      tracker.settle(texts.length(this.#history.operations.containers[index]!));
    }
  }

  // Where `texts` is null, the length of the base text is to be settled later.
  #newTracker(container: number, texts: VisibleTexts | null): Tracker {
    const { graph, operations } = this.#history;
    let baseLength = 0;
    if (this.base.length > 0) {
      baseLength = texts?.length(operations.containers[container]!) ?? unknownLength;
    }
    const tracker = new Tracker(this.#units, baseLength, (lv) => graph.agentOf(lv));
    this.#trackers[container] = tracker;
    return tracker;
  }
}
