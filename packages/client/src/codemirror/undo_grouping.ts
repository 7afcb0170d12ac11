// Which changes are undone together: what one types or deletes in one go.
//
// As CodeMirror's own history does it: a change joins the one before it where both are
// typing or deleting, they touch, and less than `undoGroupMs` lie between them. All of
// one composition is one step, however long it takes. Moving the cursor ends a step.

import { type ChangeDesc, Transaction } from "@codemirror/state";

/** A pause of this long between two changes makes them two steps of undo. */
export const undoGroupMs = 500;

const joinable = /^(input\.type|delete)($|\.)/;

/** Decides for one editor. */
export class UndoGrouping {
  // Where the last change was, by positions of now; null where nothing may join it.
  #last: { readonly ranges: readonly number[]; readonly timeMs: number } | null = null;

  /** Tells whether a change joins the one before it. */
  joins(transaction: Transaction): boolean {
    const last = this.#last;
    if (last === null) return false;
    const event = transaction.annotation(Transaction.userEvent);
    if (event === "input.type.compose") return true;
    if (event === undefined || !joinable.test(event)) return false;
    if (timeOf(transaction) - last.timeMs >= undoGroupMs) return false;
    return touches(last.ranges, transaction.changes);
  }

  /** Notes a change that was made. */
  made(transaction: Transaction): void {
    const ranges: number[] = [];
    transaction.changes.iterChangedRanges((_fromA, _toA, fromB, toB) => ranges.push(fromB, toB));
    this.#last = { ranges, timeMs: timeOf(transaction) };
  }

  /** Notes what others changed meanwhile. */
  moved(changes: ChangeDesc): void {
    if (this.#last === null) return;
    const ranges = this.#last.ranges.map((at, index) => changes.mapPos(at, index % 2 ? 1 : -1));
    this.#last = { ...this.#last, ranges };
  }

  /** Lets nothing but the composition that is under way join what was: the cursor was moved. */
  selected(): void {
    if (this.#last !== null) this.#last = { ...this.#last, timeMs: Number.NEGATIVE_INFINITY };
  }

  /** Lets nothing join what was. */
  end(): void {
    this.#last = null;
  }
}

function touches(ranges: readonly number[], changes: ChangeDesc): boolean {
  let found = false;
  changes.iterChangedRanges((from, to) => {
    for (let index = 0; index < ranges.length; index += 2) {
      if (ranges[index]! <= to && ranges[index + 1]! >= from) found = true;
    }
  });
  return found;
}

function timeOf(transaction: Transaction): number {
  return transaction.annotation(Transaction.time) ?? 0;
}
