// What undo brought back: which units stand for which deleted ones.
//
// Each unit is brought back at most once: what stands for it can be deleted in its
// turn, and then something stands for that.

import { type IdRange, RangeIndex } from "./merge/range_index.ts";

/** Units that came back. */
export interface Revival extends IdRange {
  /** The first of the units that stand for them. */
  readonly target: number;
}

/** Leads from events to those that stand for them. */
export class Revivals {
  readonly #revivals: Revival[] = [];
  // Their numbers from 1 on.
  #byId = new RangeIndex();

  /** How many were noted. */
  get count(): number {
    return this.#revivals.length;
  }

  /** Notes that units came back. */
  add(revival: Revival): void {
    this.#byId.add(revival.id, this.#revivals.push(revival));
  }

  /** Forgets all but the first `count` that were noted. O(those that stay). */
  truncate(count: number): void {
    if (count === this.#revivals.length) return;
    const kept = this.#revivals.splice(0, count);
    this.#revivals.length = 0;
    this.#byId = new RangeIndex();
    for (const revival of kept) this.add(revival);
  }

  /** The ids that stand for `range` now; those that never came back stand for themselves. */
  present(range: IdRange): readonly IdRange[] {
    const found: IdRange[] = [];
    const open = [range];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { id, length } = next;
      const revival = this.#at(id);
      const end = revival === undefined ? this.#byId.startAfter(id) : revival.id + revival.length;
      const count = Math.min(length, (end ?? Number.POSITIVE_INFINITY) - id);
      if (count < length) open.push({ id: id + count, length: length - count });
      if (revival === undefined) found.push({ id, length: count });
      else open.push({ id: revival.target + (id - revival.id), length: count });
    }
    return found;
  }

  #at(id: number): Revival | undefined {
    const revival = this.#revivals[this.#byId.find(id) - 1];
    return revival !== undefined && id < revival.id + revival.length ? revival : undefined;
  }
}
