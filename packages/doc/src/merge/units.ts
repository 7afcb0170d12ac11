// Who did what to which unit: the units that were inserted into some texts since a base
// version, and the deletes since then, by event.
//
// To make a version see events, or no longer see them, it is enough to know them by
// number: a run of them leads to the spans that they inserted and to the runs of
// units that they deleted, of whichever text. A unit's state is a sum, 1 for its insertion
// and 1 for each delete, or for several that share one (deletions.ts), so events may be taken in any order.
//
// Units of the base texts, whose events are of no interest, have ids of their own, which
// begin at `baseId` in each text.

import { assert } from "@holdfast/std";
import {
  type Deletion,
  Deletions,
  deletionBackward,
  deletionLength,
  deletionShare,
  deletionStart,
  deletionTarget,
  deletionText,
} from "./deletions.ts";
import { RangeIndex } from "./range_index.ts";
import { spanDeletion, spanId, spanLength } from "./span_nodes.ts";
import { SpanTree } from "./span_tree.ts";

/** Ids of units of a base text begin here, and are negative; others are local numbers. */
export const baseId = -(2 ** 31);

// A power of two.
const recentMax = 1024;

/** Units of some texts, and deletes of them. */
export class Units {
  readonly tree = new SpanTree();
  // Of an event that inserts, its span; of one that deletes, minus the row of its deletion.
  readonly #events = new RangeIndex();
  // For each text.
  readonly #baseSpans: RangeIndex[] = [];
  readonly #deletions = new Deletions();
  // What begins at the events that were looked up lately, by their lowest bits. Whatever begins
  // at an event does so for good.
  readonly #recentEvents = new Int32Array(recentMax);
  readonly #recentFound = new Int32Array(recentMax);

  /** Adds a text; returns its number, from 0 on. */
  addText(): number {
    return this.#baseSpans.push(new RangeIndex()) - 1;
  }

  /** Notes a span that was put into the tree. */
  add(text: number, span: number): void {
    const id = this.tree.spans[span + spanId]!;
    (id < 0 ? this.#baseSpans[text]! : this.#events).add(id, span);
  }

  /** Cuts a span so that it ends after `offset` units, 1 to length - 1. Returns the rest. */
  split(text: number, span: number, offset: number): number {
    const rest = this.tree.split(span, offset);
    this.add(text, rest);
    return rest;
  }

  /** The span that holds the unit `id`. O(log spans). */
  spanOf(text: number, id: number): number {
    const span = id < 0 ? this.#baseSpans[text]!.find(id) : this.#find(id);
    if (span <= 0) assert(false, "T1: unit without a place");
    return span;
  }

  /**
   * Notes who deleted units, of which `span` begins with the first; they are deleted in the prepared
   * version, or, where nobody deleted them before, will be.
   */
  addDeletion(deletion: Deletion, span: number): void {
    const { spans } = this.tree;
    const row = this.#deletions.add(deletion);
    const other = spans[span + spanDeletion]!;
    if (other !== 0) this.#deletions.share(row, other);
    spans[span + spanDeletion] = row;
    this.#events.add(deletion.start, -row);
  }

  /**
   * Makes the prepared version see events `start` to `end - 1`, for 1, or no longer see
   * them, for -1; the tree is then to be flushed. Those that edit no text are passed over.
   */
  toggle(start: number, end: number, by: number): void {
    const { tree } = this;
    for (let at = start; at < end; ) {
      // As `find`, for what was looked up lately.
      const recent = at & (recentMax - 1);
      const found =
        this.#recentEvents[recent] === at && this.#recentFound[recent] !== 0
          ? this.#recentFound[recent]!
          : this.#find(at);
      let stop = 0;
      if (found > 0) {
        const { spans } = tree;
        stop = at + spans[found + spanLength]!;
        if (spans[found + spanId] === at && stop <= end) tree.shift(found, by);
        else stop = this.#shift(0, found, at, end, by);
      } else if (found < 0) stop = this.#toggleDeletions(-found, at, end, by);
      at = stop > at ? stop : (this.#events.startAfter(at) ?? end);
    }
  }

  #find(event: number): number {
    const index = event & (recentMax - 1);
    const recent = this.#recentFound[index]!;
    if (recent !== 0 && this.#recentEvents[index] === event) return recent;
    const found = this.#events.find(event);
    const begins =
      found > 0
        ? this.tree.spans[found + spanId] === event
        : found < 0 && this.#deletions.rows[deletionStart - found] === event;
    if (begins) {
      this.#recentEvents[index] = event;
      this.#recentFound[index] = found;
    }
    return found;
  }

  // Toggles a deletion, and those behind it as far as they lie side by side. Returns the number behind them.
  #toggleDeletions(first: number, from: number, to: number, by: number): number {
    let row = first;
    let at = from;
    do {
      at = this.#toggleDeletion(row, at, to, by);
      row = at < to ? this.#deletions.besides(row, at) : 0;
    } while (row !== 0);
    return at;
  }

  // Returns the number behind the deletion.
  #toggleDeletion(row: number, from: number, to: number, by: number): number {
    const deletions = this.#deletions;
    const { rows } = deletions;
    const start = rows[row + deletionStart]!;
    const length = rows[row + deletionLength]!;
    if (from >= start + length) return start + length;
    const first = from - start;
    const last = Math.min(to - start, length);
    if (rows[row + deletionShare] !== 0) {
      if (last - first === length) {
        if (deletions.count(row, by)) this.#shiftDeleted(row, 0, length, by);
        return start + length;
      }
      if (deletions.leave(row, by)) this.#shiftDeleted(row, 0, length, 1);
    }
    const isBackward = rows[row + deletionBackward] === 1;
    this.#shiftDeleted(row, isBackward ? length - last : first, last - first, by);
    return start + length;
  }

  // Shifts so many of the units that a deletion deleted, from the one at `from` on.
  #shiftDeleted(row: number, from: number, count: number, by: number): void {
    const { rows } = this.#deletions;
    const text = rows[row + deletionText]!;
    let at = rows[row + deletionTarget]! + from;
    const end = at + count;
    while (at < end) at = this.#shift(text, this.spanOf(text, at), at, end, by);
  }

  // Shifts the units of a span from `from` on, up to `to` at most. Returns the number behind the
  // span or behind the last of them; `from` or less where the span ends before it.
  #shift(text: number, found: number, from: number, to: number, by: number): number {
    const { tree } = this;
    let span = found;
    const id = tree.spans[span + spanId]!;
    const end = id + tree.spans[span + spanLength]!;
    if (end <= from) return end;
    if (from > id) span = this.split(text, span, from - id);
    if (to < end) this.split(text, span, to - from);
    tree.shift(span, by);
    return Math.min(end, to);
  }
}
