// Strong eventual consistency: what was shown for the same events is the same, at whichever
// replica, at whichever time.
//
// States are filed under the text of their set of events. A state that is not the one that
// was filed there is blamed only after both sets were made again from the log and compared,
// since two sets may have one text.
// Source: Shapiro, Preguica, Baquero and Zawirski 2011, definition 2.3 (strong convergence).

import type { Budget } from "../graph/budget.ts";
import { EventSet, eventSetOf } from "./event_set.ts";
import type { Faults } from "./faults.ts";
import type { LogIndex } from "./log_index.ts";
import { recordName } from "./names.ts";
import type { MergeStateRecord } from "./record.ts";
import { differenceOf, formOf, isSameForm, kindOf, type StateForm } from "./state_form.ts";

// Different states of one set that later ones are compared with.
const filedMax = 8;

/** The states of a log that were met so far. */
export class Convergence {
  readonly #index: LogIndex;
  readonly #faults: Faults;
  readonly #budget: Budget;
  // Places, and not forms, which would take the memory of the log again.
  readonly #files = new Map<string, number[]>();

  constructor(index: LogIndex, faults: Faults, budget: Budget) {
    this.#index = index;
    this.#faults = faults;
    this.#budget = budget;
  }

  /** Compares what a replica shows that holds `set`; false where the same was shown for it before. */
  isNew(place: number, set: EventSet): boolean {
    const state = this.#index.records[place] as MergeStateRecord;
    const form = this.#formAt(place);
    const key = JSON.stringify([state.object ?? "", kindOf(state), set.key]);
    const filed = this.#files.get(key);
    if (filed === undefined) {
      this.#files.set(key, [place]);
      return true;
    }
    if (this.#isOfTwo(place, filed[0]!, set)) this.#faults.judged("convergence");
    if (filed.some((other) => isSameForm(this.#formAt(other), form))) return false;
    for (const other of filed) {
      if (this.#faults.isFull("convergence")) break;
      if (heldAt(this.#index, other, this.#budget).equals(set)) {
        this.#blame(other, place, set);
        break;
      }
    }
    if (filed.length < filedMax) filed.push(place);
    return true;
  }

  #formAt(place: number): StateForm {
    const form = formOf(this.#index.records[place] as MergeStateRecord);
    this.#budget.spend(form.length);
    return form;
  }

  // That one replica shows the same twice, or two the same of nothing, says little.
  #isOfTwo(place: number, other: number, set: EventSet): boolean {
    return set.size > 0 && this.#index.replicasOf([place, other]).length > 1;
  }

  #blame(other: number, place: number, set: EventSet): void {
    const states = [other, place].map((each) => this.#index.records[each] as MergeStateRecord);
    const [first, second] = states as [MergeStateRecord, MergeStateRecord];
    const { left, right, ids } = differenceOf(first, second);
    const events = set.size === 1 ? "the same event" : `the same ${set.size} events`;
    this.#faults.add("convergence", {
      sentence: `after ${events} ${first.replica} shows ${left} (${recordName(other)}) and ${second.replica} ${right} (${recordName(place)})`,
      places: [other, place],
      ids,
      weight: set.size,
    });
  }
}

/** What the replica of a record held at it, made again from the log. Linear in the replica's records. */
export function heldAt(index: LogIndex, place: number, budget: Budget): EventSet {
  const { replica } = index.records[place] as MergeStateRecord;
  let set = new EventSet();
  for (const each of index.placesOf[index.replicas.number(replica)]!) {
    if (each > place || !budget.spend(1)) break;
    const record = index.records[each]!;
    if (record.type === "event") set.add(index.run(record.id));
    if (record.type === "version" || record.type === "restart") {
      set = eventSetOf(index.runs(record.events));
    }
  }
  return set;
}
