// What the reader looks at: which operations, in what spacing, what is picked. Whoever
// changes it tells so here, and all that show it hear of it.

import type { PageData, PageOperation, PageOrder } from "../page_data.ts";
import type { Spacing } from "./scale.ts";

/** Which operations the timeline shows: of one finding, of one order, or all. */
export type View = "finding" | "order" | "all";

/** What a reader can choose. */
export interface Choice {
  readonly view: View;
  /** Which finding. */
  readonly finding: number;
  /** Which order. */
  readonly order: number;
  readonly spacing: Spacing;
  /** The operation that is told of, by its place; null where none is. */
  readonly picked: number | null;
}

/** The report, and what the reader chose. */
export class Model {
  readonly data: PageData;
  readonly #byPlace: ReadonlyMap<number, PageOperation>;
  readonly #listeners: ((choice: Choice, before: Choice) => void)[] = [];
  #choice: Choice;

  constructor(data: PageData) {
    this.data = data;
    this.#byPlace = new Map(data.operations.map((operation) => [operation.place, operation]));
    const view = data.findings.length > 0 ? "finding" : data.orders.length > 0 ? "order" : "all";
    // What fits nowhere is told of at first; or the last operation of what was found.
    const picked = data.orders[0]?.next ?? data.findings[0]?.at(-1) ?? null;
    this.#choice = { view, finding: 0, order: 0, spacing: "order", picked };
  }

  get choice(): Choice {
    return this.#choice;
  }

  /** The order that is chosen; undefined where the report has none. */
  get order(): PageOrder | undefined {
    return this.data.orders[this.#choice.order];
  }

  /** The operation at a place of the history; undefined where the page lacks it. */
  operation(place: number): PageOperation | undefined {
    return this.#byPlace.get(place);
  }

  /** The operations at these places that the page has. */
  operationsAt(places: readonly number[]): PageOperation[] {
    return [...new Set(places)].flatMap((place) => this.#byPlace.get(place) ?? []);
  }

  /** The operations of a view. */
  operationsOf(view: View): PageOperation[] {
    if (view === "all") return [...this.data.operations];
    if (view === "finding")
      return this.operationsAt(this.data.findings[this.#choice.finding] ?? []);
    const { steps = [], next = null } = this.order ?? {};
    const places = steps.map(({ place }) => place);
    return this.operationsAt(next === null ? places : [...places, next]);
  }

  /** Changes what is chosen, and tells all listeners. */
  choose(change: Partial<Choice>): void {
    const before = this.#choice;
    this.#choice = { ...before, ...change };
    for (const listener of this.#listeners) listener(this.#choice, before);
  }

  /** Calls `listener` after each change. */
  listen(listener: (choice: Choice, before: Choice) => void): void {
    this.#listeners.push(listener);
  }
}
