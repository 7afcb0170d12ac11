// Runs of typing: what one replica inserted at one gap, one after the other and each beside
// the last, forwards or backwards, without applying anything else in between.
//
//   gap  L | R        ann types x, y, z:  L x y z R      each after the last
//                     bob types c, b, a:  L a b c R      each before the last
//
// Runs of two replicas at one gap, of which neither had seen the other, must stay whole: a
// list that shows x a y breaks up what ann typed.
// Source: Weidner and Kleppmann 2023, section 2 (interleaving of forward and of backward
// insertions). Departure: their definition speaks of all elements that descend from a
// position; this one only of runs, which every algorithm with the property keeps whole.

import type { Budget } from "../graph/budget.ts";
import type { LogIndex } from "./log_index.ts";
import type { MergeEventRecord } from "./record.ts";

/** A run. */
export interface TypingRun {
  readonly replica: number;
  /** The gap, by number; runs of one gap have one number. */
  readonly gap: number;
  /** The first event of the run. */
  readonly agent: number;
  readonly sequence: number;
  /** The record that ended it. */
  lastPlace: number;
}

interface OpenRun {
  readonly number: number;
  readonly object: number;
  first: number;
  last: number;
  readonly after: number;
  readonly before: number;
}

const noRun = -1;
const edge = -1;

/** The runs of a log. */
export class TypingRuns {
  readonly runs: TypingRun[] = [];
  readonly #index: LogIndex;
  readonly #runOf: Int32Array;
  readonly #gaps = new Map<string, number>();
  readonly #runsInGap: number[] = [];

  constructor(index: LogIndex, budget: Budget) {
    this.#index = index;
    this.#runOf = new Int32Array(index.elements.size).fill(noRun);
    for (const [replica, places] of index.placesOf.entries()) {
      let open: OpenRun | null = null;
      for (const place of places) {
        if (!budget.spend(1)) return;
        const { type } = index.records[place]!;
        if (type === "event") open = this.#take(replica, place, open);
        else if (type === "version" || type === "restart") open = null;
      }
    }
  }

  /** The run that an element belongs to, if another was typed at the same gap; else -1. */
  of(element: number): number {
    const run = this.#runOf[element] ?? noRun;
    return run === noRun || this.#runsInGap[this.runs[run]!.gap] === 1 ? noRun : run;
  }

  #take(replica: number, place: number, open: OpenRun | null): OpenRun | null {
    const record = this.#index.records[place] as MergeEventRecord;
    const { insert, after, before } = record;
    if (insert === undefined || after === undefined || before === undefined) return null;
    const object = this.#index.elements.objectNumber(record.object ?? "");
    const inserted = this.#index.elements.numbers(object, insert);
    if (inserted.length === 0 || !this.#isMaker(inserted[0]!, place)) return null;
    const gap = { after: this.#neighbour(object, after), before: this.#neighbour(object, before) };
    const run = this.#joined(open, object, gap) ?? this.#begin({ replica, place, object, ...gap });
    for (const element of inserted) this.#runOf[element] = run.number;
    this.runs[run.number]!.lastPlace = place;
    const first = inserted[0]!;
    const last = inserted[inserted.length - 1]!;
    const isBehind = open === run && gap.after === run.last;
    const isBefore = open === run && !isBehind;
    if (!isBehind) run.first = first;
    if (!isBefore) run.last = last;
    return run;
  }

  #joined(
    open: OpenRun | null,
    object: number,
    gap: { readonly after: number; readonly before: number },
  ): OpenRun | null {
    if (open === null || open.object !== object) return null;
    const isBehind = gap.after === open.last && gap.before === open.before;
    const isBefore = gap.before === open.first && gap.after === open.after;
    return isBehind || isBefore ? open : null;
  }

  #begin(of: {
    readonly replica: number;
    readonly place: number;
    readonly object: number;
    readonly after: number;
    readonly before: number;
  }): OpenRun {
    const { replica, place, object, after, before } = of;
    const { agent, from } = this.#index.run((this.#index.records[place] as MergeEventRecord).id);
    const name = `${object}:${after}:${before}`;
    const gap = this.#gaps.get(name) ?? this.#gaps.size;
    this.#gaps.set(name, gap);
    this.#runsInGap[gap] = (this.#runsInGap[gap] ?? 0) + 1;
    const number = this.runs.length;
    this.runs.push({ replica, gap, agent, sequence: from, lastPlace: place });
    return { number, object, first: edge, last: edge, after, before };
  }

  #neighbour(object: number, id: MergeEventRecord["after"]): number {
    return id === null || id === undefined ? edge : this.#index.elements.number(object, id);
  }

  #isMaker(element: number, place: number): boolean {
    const insertion = this.#index.effects.insertionOf(element);
    return this.#index.effects.place.at(insertion) === place && !this.#index.retold.has(insertion);
  }
}
