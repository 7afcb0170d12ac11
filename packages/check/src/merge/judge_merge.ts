// The judge of merged data: whether replicas that apply each other's events, in whichever
// order, keep what such data promises.
//
// Replicas are walked one after the other, each by its records in order, with the set of
// events that it holds kept up to date. What each shows is compared with what anybody showed
// for the same set; what was not shown for it before is judged by itself. Lists go into one
// graph, which is searched for cycles at the end.
//
// So a log of n records costs O(n log n), plus O(elements shown) for states, plus, for each
// replica, the effects of the events that it applies. A contradiction costs up to one more
// reading of the log for each example. Memory: the log, one byte for each element, and a
// few integers for each two elements that ever stood side by side.

import { Budget } from "../graph/budget.ts";
import { Contents } from "./contents.ts";
import { ContentsJudge, type ShownElements } from "./contents_judge.ts";
import { Convergence } from "./convergence.ts";
import { Faults } from "./faults.ts";
import { Holdings } from "./holdings.ts";
import { Interleaving } from "./interleaving.ts";
import { chainAt, ListOrder } from "./list_order.ts";
import { LogIndex } from "./log_index.ts";
import { Placement } from "./placement.ts";
import type { MergeRecord, MergeStateRecord } from "./record.ts";
import { Settlement } from "./settlement.ts";
import { Stamps } from "./stamps.ts";
import { TreeJudge } from "./tree_judge.ts";
import { TypingRuns } from "./typing_runs.ts";
import { askedFor, type MergeOptions, type MergeVerdict, stepsOf } from "./verdict.ts";

/** The judges of a log, and what they share. */
interface Bench {
  readonly index: LogIndex;
  readonly faults: Faults;
  readonly budget: Budget;
  readonly convergence: Convergence;
  readonly settlement: Settlement;
  readonly contents: ContentsJudge;
  readonly order: ListOrder;
  readonly interleaving: Interleaving;
  readonly tree: TreeJudge;
}

/**
 * Judges the log of a document, or of whatever else is merged: strong eventual consistency,
 * delivery, and what lists and trees promise beyond.
 *
 * @throws {HoldfastError} `too_large` for over 2^24 elements or 2^26 effects of events, or
 *   `invalid_argument` for options that mean nothing.
 *
 * Cost: O(n log n) in records, linear in elements shown.
 */
export function judgeMerge(
  records: readonly MergeRecord[],
  options: MergeOptions = {},
): MergeVerdict {
  askedFor(options);
  const budget = new Budget(stepsOf(options), options.shouldStop);
  const bench = benchFor(new LogIndex(records), budget);
  const { index, faults, order } = bench;
  for (const { sentence, places, ids } of index.contradictions) {
    faults.add("identity", { sentence, places, ids, weight: places[1] });
  }
  if (index.parents.size + index.effects.size > 0) faults.judged("identity");
  for (const [place, record] of records.entries()) {
    const isPlaced = record.type === "event" && record.insert !== undefined;
    if (!isPlaced || (record.after === undefined && record.before === undefined)) continue;
    order.add({ place, elements: chainAt(index, place) });
  }
  for (const replica of index.placesOf.keys()) walk(bench, replica);
  if (!budget.ended) order.judge();
  return faults.verdict(options, budget.ended);
}

function benchFor(index: LogIndex, budget: Budget): Bench {
  const faults = new Faults(index);
  const stamps = new Stamps();
  const contents = new ContentsJudge(index, faults, stamps);
  const runs = new TypingRuns(index, budget);
  return {
    index,
    faults,
    budget,
    convergence: new Convergence(index, faults, budget),
    settlement: new Settlement(index, faults),
    contents,
    order: new ListOrder(index, faults, budget),
    interleaving: new Interleaving(index, runs, { faults, budget }),
    tree: new TreeJudge(index, contents, { faults, budget, stamps }),
  };
}

function walk(bench: Bench, replica: number): void {
  const { index, faults, budget, settlement } = bench;
  const name = index.replicas.name(replica);
  const contents = new Contents(index.elements, index.effects, budget);
  const holdings = new Holdings(index, name, { faults, listener: contents, budget });
  const placement = new Placement(index, faults);
  for (const place of index.placesOf[replica]!) {
    if (!budget.spend(1)) return;
    const record = index.records[place]!;
    if (record.type === "settled") {
      settlement.settle(place, name, holdings.set);
    } else if (record.type === "state") {
      show(bench, place, { holdings, contents, placement });
    } else {
      holdings.take(place);
      if (record.type !== "durable") placement.changed(place);
    }
  }
}

function show(
  bench: Bench,
  place: number,
  by: {
    readonly holdings: Holdings;
    readonly contents: Contents;
    readonly placement: Placement;
  },
): void {
  const { index, budget } = bench;
  const state = index.records[place] as MergeStateRecord;
  const isNew = bench.convergence.isNew(place, by.holdings.set);
  if (state.list !== undefined) {
    if (!isNew && !by.placement.isWaiting) return;
    const shown = shownOf(index, place);
    if (!budget.spend(shown.elements.length)) return;
    by.placement.shown(shown);
    if (isNew) judgeList(bench, shown, by.contents);
  } else if (state.tree !== undefined && isNew) {
    const shown = shownOf(index, place);
    if (!budget.spend(shown.elements.length)) return;
    bench.tree.judge(shown, { set: by.holdings.set, contents: by.contents });
  }
}

function judgeList(bench: Bench, shown: ShownElements, contents: Contents): void {
  bench.contents.judgeOnce(shown);
  bench.contents.judgeList(shown, contents);
  bench.interleaving.judge(shown);
  bench.order.add({ place: shown.place, elements: [...new Set(shown.elements)] });
}

function shownOf({ elements, records }: LogIndex, place: number): ShownElements {
  const { object: name = "", list, tree } = records[place] as MergeStateRecord;
  const object = elements.objectNumber(name);
  return {
    place,
    object,
    elements: elements.numbers(object, list ?? (tree ?? []).map(([node]) => node)),
  };
}
