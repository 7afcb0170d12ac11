// The selection before and after each step of undo, for when it is taken back or made again.
//
// Held as cursors of the Doc, so that it is right whatever others do meanwhile. Every place
// is held by the unit before it: undo puts what it brings back behind the unit that was
// to its left, and `Text.position` lets what came back stand for what had been.
//
// As many steps are held as the Doc's undo remembers, and those that can't be redone any
// more are let go of, so that they never push out one that can be undone.

import { EditorSelection } from "@codemirror/state";
import { type Cursor, type Text, undoStepsMax } from "@holdfast/doc";

/** Most ranges of one selection that are held; of a selection of more, the main one. */
export const undoSelectionRangesMax = 100;

/** A selection that stays where it is while the text changes. */
export interface HeldSelection {
  readonly ranges: readonly { readonly anchor: Cursor; readonly head: Cursor }[];
  readonly mainIndex: number;
}

interface StepSelections {
  readonly before: HeldSelection;
  after: HeldSelection;
  isUndone: boolean;
}

/** Selections by number of step. */
export class UndoSelections {
  readonly #text: Text;
  readonly #steps = new Map<number, StepSelections>();

  constructor(text: Text) {
    this.#text = text;
  }

  /** How many steps are held. */
  get size(): number {
    return this.#steps.size;
  }

  /** Does now what the first call of {@link hold} would take long for: replays the history. */
  prepare(): void {
    this.#text.cursor(this.#text.length, "before");
  }

  /** A selection, by positions in the Doc's text as it is now. */
  hold(selection: EditorSelection): HeldSelection {
    const isLong = selection.ranges.length > undoSelectionRangesMax;
    const ranges = isLong ? [selection.main] : selection.ranges;
    const mainIndex = isLong ? 0 : selection.mainIndex;
    const place = (at: number): Cursor =>
      this.#text.cursor(Math.min(at, this.#text.length), "before");
    return {
      ranges: ranges.map(({ anchor, head }) => {
        const held = place(anchor);
        return { anchor: held, head: head === anchor ? held : place(head) };
      }),
      mainIndex,
    };
  }

  /** Notes that a change made `step`, or, where `before` is null, joined it. */
  made(step: number, before: HeldSelection | null, after: HeldSelection): void {
    const known = this.#steps.get(step);
    if (known !== undefined) known.after = after;
    if (known !== undefined || before === null) return;
    for (const [number, { isUndone }] of this.#steps) if (isUndone) this.#steps.delete(number);
    this.#steps.set(step, { before, after, isUndone: false });
    if (this.#steps.size <= undoStepsMax) return;
    const [oldest] = this.#steps.keys();
    this.#steps.delete(oldest!);
  }

  /** Where the selection was before `step`, which was undone, or after it, when it was done again; null where that is not known. */
  moved(step: number, direction: "undo" | "redo"): EditorSelection | null {
    const known = this.#steps.get(step);
    if (known === undefined) return null;
    known.isUndone = direction === "undo";
    return this.#place(direction === "undo" ? known.before : known.after);
  }

  #place({ ranges, mainIndex }: HeldSelection): EditorSelection {
    const at = (cursor: Cursor): number => this.#text.position(cursor) ?? 0;
    return EditorSelection.create(
      ranges.map(({ anchor, head }) => EditorSelection.range(at(anchor), at(head))),
      mainIndex,
    );
  }
}
