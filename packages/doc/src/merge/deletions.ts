// Deletes since a base version, by event, and how many of them are in sight.
//
// Consecutive events that deleted consecutive units are one row. Where hundreds delete the same text at
// once, each would hide the same units again, one by one, whenever a version that has seen some
// of them is prepared. So rows that deleted the same units *share* a count: how many of them are in sight. The
// units' spans are looked at only where that becomes 1, or 0. What holds then instead of
// T3 (tracker.ts): a unit's state is 1, and 1 for each row in sight that deletes it and shares with none, and
// 1 for each count over 0.
//
// Invariants:
//   E1  A row that shares is in sight as a whole, or not at all. One that is to be seen in part shares no more.
//   E2  Rows that share deleted the same units of the same text.

import { assert, withRoom } from "@holdfast/std";

// Columns of a row: consecutive events, and the consecutive units that they deleted.
export const deletionStart = 0;
export const deletionLength = 1;
/** The unit with the lowest id. */
export const deletionTarget = 2;
/** 1 where the first event deleted the unit with the highest id. */
export const deletionBackward = 3;
export const deletionText = 4;
/** Number of the count that the row shares; 0 where it shares none. */
export const deletionShare = 5;
const columns = 6;

/** Consecutive events, and the consecutive units of a text that they deleted. */
export interface Deletion {
  readonly text: number;
  readonly start: number;
  readonly length: number;
  /** The unit with the lowest id. */
  readonly target: number;
  /** In descending order of ids. */
  readonly backward: boolean;
}

/** Deletes, known by where their rows begin, from 1 on. */
export class Deletions {
  /** To read; another array whenever a row was added. */
  rows = new Int32Array(16 * columns);
  #end = columns;
  // For each share, how many of its rows are in sight.
  readonly #inSight: number[] = [0];

  /** Adds a row, which shares none. */
  add({ text, start, length, target, backward }: Deletion): number {
    const row = this.#end;
    this.#end += columns;
    this.rows = withRoom(this.rows, row);
    const { rows } = this;
    rows[row + deletionStart] = start;
    rows[row + deletionLength] = length;
    rows[row + deletionTarget] = target;
    rows[row + deletionBackward] = backward ? 1 : 0;
    rows[row + deletionText] = text;
    rows[row + deletionShare] = 0;
    return row;
  }

  /** The row after `row`, or before it, whichever begins at the event `start`; 0 where neither does. */
  besides(row: number, start: number): number {
    const after = row + columns;
    if (after < this.#end && this.rows[after + deletionStart] === start) return after;
    const before = row - columns;
    return before > 0 && this.rows[before + deletionStart] === start ? before : 0;
  }

  /**
   * Lets `row`, which is in sight, share with `other`, which is not, if they deleted as many units from the
   * same one on.
   */
  share(row: number, other: number): void {
    const { rows } = this;
    if (rows[other + deletionLength] !== rows[row + deletionLength]) return;
    if (rows[other + deletionShare] === 0) {
      rows[other + deletionShare] = this.#inSight.push(0) - 1;
    }
    const share = rows[other + deletionShare]!;
    rows[row + deletionShare] = share;
    this.#inSight[share]! += 1;
  }

  /** Counts that a row that shares comes in sight, for 1, or goes out of it, for -1. Tells whether its units are to be told. */
  count(row: number, by: number): boolean {
    const share = this.rows[row + deletionShare]!;
    const count = this.#inSight[share]! + by;
    assert(count >= 0, "E1: a deletion out of sight goes out of it");
    this.#inSight[share] = count;
    return count === (by > 0 ? 1 : 0);
  }

  /**
   * Has a row share no more, of which a part is about to come in sight, for 1, or go out of it, for -1. Tells
   * whether its units are to be told of it once more: it is in sight, and so is another that shared.
   */
  leave(row: number, by: number): boolean {
    const isInSight = by < 0;
    const isLast = isInSight && this.count(row, -1);
    this.rows[row + deletionShare] = 0;
    return isInSight && !isLast;
  }
}
