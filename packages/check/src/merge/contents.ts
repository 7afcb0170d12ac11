// Which elements the events that a replica holds insert, and which of these they delete.
// One replica at a time is looked at, so one byte for each element is enough.
//
// An object is held to this where the log tells of an insertion into it: then the log has
// to tell of all that changes it.

import type { Budget } from "../graph/budget.ts";
import { deletes, type EffectTable, inserts } from "./effect_table.ts";
import type { ElementTable } from "./element_table.ts";
import type { EventRun, EventSet } from "./event_set.ts";
import type { HoldingsListener } from "./holdings.ts";

const inserted = 1;
const deleted = 2;

/** The elements of one replica. */
export class Contents implements HoldingsListener {
  readonly #elements: ElementTable;
  readonly #effects: EffectTable;
  readonly #budget: Budget;
  readonly #flags: Uint8Array;
  /** How many elements of each object are there. */
  readonly #counts: Int32Array;

  constructor(elements: ElementTable, effects: EffectTable, budget: Budget) {
    this.#elements = elements;
    this.#effects = effects;
    this.#budget = budget;
    this.#flags = new Uint8Array(elements.size);
    this.#counts = new Int32Array(elements.objectCount);
  }

  applied(run: EventRun): void {
    for (const effect of this.#effects.of(run)) {
      if (!this.#budget.spend(1)) return;
      const kind = this.#effects.kind.at(effect);
      if (kind !== inserts && kind !== deletes) continue;
      this.#mark(this.#effects.element.at(effect), kind === inserts ? inserted : deleted);
    }
  }

  replaced(set: EventSet): void {
    this.#budget.spend(this.#flags.length);
    this.#flags.fill(0);
    this.#counts.fill(0);
    for (const run of set.runs()) this.applied(run);
  }

  /** Whether an element was inserted. */
  isInserted(element: number): boolean {
    return (this.#flags[element]! & inserted) !== 0;
  }

  /** Whether an element was inserted and not deleted. */
  isThere(element: number): boolean {
    return this.#flags[element] === inserted;
  }

  /** How many elements of an object were inserted and not deleted. */
  count(object: number): number {
    return this.#counts[object]!;
  }

  /** All elements of an object that were inserted and not deleted. Linear in those of the log. */
  *of(object: number): Generator<number> {
    for (let element = 0; element < this.#flags.length; element += 1) {
      if (this.isThere(element) && this.#elements.objectOf(element) === object) yield element;
    }
  }

  #mark(element: number, flag: number): void {
    const before = this.isThere(element);
    this.#flags[element] = this.#flags[element]! | flag;
    const now = this.isThere(element);
    if (before === now) return;
    const object = this.#elements.objectOf(element);
    this.#counts[object] = this.#counts[object]! + (now ? 1 : -1);
  }
}
