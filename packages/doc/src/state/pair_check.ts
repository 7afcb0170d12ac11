// Sees to it that no edit splits a surrogate pair, on the version that it was made on (D6).
//
// It needs no look at merged text: if each insert and delete keeps pairs whole on its
// own version, and a run of text is never broken up, no merge can break one. So
// only the edges of an edit are looked at, on its own version, and only in
// texts that have ever held such a pair.

import type { LocalFrontier, LocalRange } from "@holdfast/causality";
import { HoldfastError } from "@holdfast/std";
import { isListId } from "../content/container.ts";
import { isHighSurrogate } from "../content/surrogates.ts";
import type { History } from "../history/history.ts";
import type { Tracker } from "../merge/tracker.ts";
import { baseId } from "../merge/units.ts";
import { isTextRow, type TextRow, type Walker } from "../merge/walker.ts";
import type { Sequences } from "./sequences.ts";
import type { TextBuffer } from "./text_buffer.ts";

/** What is prepared for the version that an edit was made on. */
export interface Prepared {
  readonly walker: Walker;
  readonly tracker: Tracker;
}

/** Looks at the edges of edits. */
export class PairCheck {
  readonly #history: History;
  readonly #sequences: Sequences;
  readonly #textOn: (version: LocalFrontier) => Sequences;
  // What there was on the base version of a walker, once it was needed.
  #base: { readonly walker: Walker; readonly texts: Sequences } | null = null;

  /**
   * @param sequences - What is visible now.
   * @param textOn - What was visible on a version.
   */
  constructor(
    history: History,
    sequences: Sequences,
    textOn: (version: LocalFrontier) => Sequences,
  ) {
    this.#history = history;
    this.#sequences = sequences;
    this.#textOn = textOn;
  }

  /** Tells whether there ever was a surrogate: else there is nothing to look at. */
  get isNeeded(): boolean {
    return this.#history.operations.content.hasSurrogates;
  }

  /**
   * Checks events of one row, which edit a text that is on their version.
   *
   * @throws {HoldfastError} `invalid_operation`, here and below.
   */
  check(range: LocalRange, text: TextBuffer): void {
    const row = this.#rowOf(range);
    if (row !== null) this.#checkEdges(row, (at) => text.unit(at));
  }

  /** As {@link check}, where the version is prepared. */
  checkPrepared(range: LocalRange, prepared: Prepared): void {
    const row = this.#rowOf(range);
    if (row !== null) {
      this.#checkEdges(row, (at) => this.#preparedUnit(row.container, prepared, at));
    }
  }

  // The row, where it edits a text.
  #rowOf(range: LocalRange): TextRow | null {
    const row = this.#history.operations.rows(range)[0]!;
    return isTextRow(row) && !isListId(row.container) ? row : null;
  }

  // A run may reach us in parts, so only where it really begins and ends.
  #checkEdges(row: TextRow, unitAt: (at: number) => number): void {
    const { graph, operations } = this.#history;
    const entry = graph.entryAt(row.start);
    const whole = operations.row(operations.rowIndex(row.start));
    const begins = row.start === Math.max(whole.start, entry.start);
    const ends = row.end === Math.min(whole.end, entry.end);
    const length = row.end - row.start;
    const isBackward = row.type === "delete" && row.backward;
    // Units that a pair would begin with if it were split.
    const suspects: number[] = [];
    if (begins) suspects.push(isBackward ? row.at : row.at - 1);
    if (ends && row.type === "delete")
      suspects.push(isBackward ? row.at - length : row.at + length - 1);
    for (const at of suspects) {
      if (at >= 0 && isHighSurrogate(unitAt(at))) {
        throw new HoldfastError("invalid_operation", `edit at ${row.at} splits a surrogate pair`);
      }
    }
  }

  #preparedUnit(container: string, { walker, tracker }: Prepared, at: number): number {
    if (at >= tracker.preparedLength) return 0;
    const { id } = tracker.preparedUnit(at);
    if (id >= 0) return this.#history.operations.unit(id) ?? 0;
    if (!tracker.unitRun(id).isDeleted) {
      return this.#sequences.open(container).unit(tracker.visiblePosition(id));
    }
    if (this.#base?.walker !== walker) this.#base = { walker, texts: this.#textOn(walker.base) };
    return this.#base.texts.slice(container, id - baseId, id - baseId + 1).charCodeAt(0);
  }
}
