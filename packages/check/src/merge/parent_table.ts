// What each event builds on, as far as the log says: its parents, besides the event of its
// writer before it, which every event builds on.

import type { EventRun } from "./event_set.ts";

/** An event, and its parents as runs of one event. */
export interface Parenthood {
  readonly agent: number;
  readonly sequence: number;
  readonly parents: readonly EventRun[];
  /** The record that says so. */
  readonly place: number;
}

/** The table. */
export class ParentTable {
  readonly #known = new Map<string, { readonly parents: string; readonly place: number }>();
  readonly #ofAgent: Parenthood[][] = [];
  #isSorted = true;

  get size(): number {
    return this.#known.size;
  }

  /** Adds what a record says; answers the record that said otherwise, or null. */
  add(parenthood: Parenthood): number | null {
    const { agent, sequence, place } = parenthood;
    const event = `${agent}:${sequence}`;
    const parents = parentsKey(parenthood);
    const known = this.#known.get(event);
    if (known !== undefined) return known.parents === parents ? null : known.place;
    this.#known.set(event, { parents, place });
    const own = this.#ofAgent[agent];
    if (own === undefined) {
      this.#ofAgent[agent] = [parenthood];
    } else {
      if (own[own.length - 1]!.sequence > sequence) this.#isSorted = false;
      own.push(parenthood);
    }
    return null;
  }

  /** What is known of the events of a run, in order. Logarithmic, and linear in these. */
  *of({ agent, from, to }: EventRun): Generator<Parenthood> {
    if (!this.#isSorted) this.#sort();
    const own = this.#ofAgent[agent] ?? [];
    let low = 0;
    let high = own.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (own[middle]!.sequence < from) low = middle + 1;
      else high = middle;
    }
    for (; low < own.length && own[low]!.sequence < to; low += 1) yield own[low]!;
  }

  #sort(): void {
    this.#ofAgent.forEach((own) => {
      own.sort((left, right) => left.sequence - right.sequence);
    });
    this.#isSorted = true;
  }
}

function parentsKey({ agent, sequence, parents }: Parenthood): string {
  const names = parents
    .filter((parent) => parent.agent !== agent || parent.to !== sequence)
    .map((parent) => `${parent.agent}:${parent.from}`);
  return [...new Set(names)].sort().join();
}
