// Searches for a linearization: an order of operations that the model allows and in
// which whatever was answered before another was asked for also comes before it.
//
// Method: Wing and Gong's search in Lowe's just-in-time form. Level by level (see
// timeline.ts), the operation whose answer comes next takes effect, after as many of the
// other open ones as it needs. A configuration is a level, a state of the model, the set
// of open operations that took effect already, and how many operations of unknown outcome
// did, by sort. What follows depends on these alone, so each is looked at once.
// Configurations are walked depth first: a linearizable history is often found so at the
// first attempt, also where the number of orders is beyond all bounds.
//
// What keeps the number of configurations down:
//   S1  An open read takes effect as soon as the state fits its answer: it never changes
//       what can follow, so waiting gains nothing.
//   S2  Operations of unknown outcome that ask for the same are interchangeable. The one
//       that was asked for first takes effect first, and only their number is kept.
//   S3  Of two configurations that differ only in what of unknown outcome they used, one
//       that used no more of any sort can do all that the other can: it is enough.
//   S4  An operation of unknown outcome that changes nothing need not have happened.
//   S5  What has nothing to do with the operation that is answered next takes effect
//       later, where a model tells what operations touch (see candidates.ts).
//
// Sources: Wing and Gong, "Testing and verifying concurrent objects" (1993); Lowe,
// "Testing for linearizability" (2017), sections 2 and 4; S2 to S5 are ours.

import { CandidateFinder } from "./candidates.ts";
import { Configurations, type Step } from "./configurations.ts";
import { IntegerTable } from "./integer_table.ts";
import type { SequentialModel } from "./model.ts";
import { SlotSets } from "./slot_sets.ts";
import type { Timeline } from "./timeline.ts";
import { Transitions } from "./transitions.ts";
import { Usages } from "./usage.ts";

/** How long a search may take. */
export interface Budget {
  /** Spends a step; false where none is left. */
  spend(): boolean;
}

/** What a search came to; `number` names a configuration. */
export type SearchResult =
  | { readonly type: "found"; readonly number: number }
  | { readonly type: "exhausted"; readonly level: number; readonly longest: readonly number[] }
  | { readonly type: "stopped" };

/** How many configurations of the last level reached are remembered. */
const longestMax = 64;

/** A search through one part of a history. */
export class Search<State, Input, Output> {
  readonly timeline: Timeline<Input, Output>;
  readonly transitions: Transitions<State, Input, Output>;
  readonly sets: SlotSets;
  readonly configurations = new Configurations();
  readonly #usages: Usages;
  readonly #candidates: CandidateFinder<State, Input, Output>;
  // For each level, state and set: the configuration last met, the first of a list.
  readonly #met = new IntegerTable();
  readonly #stack: number[] = [];
  #levelReached = 0;
  #longest: number[] = [];

  constructor(timeline: Timeline<Input, Output>, model: SequentialModel<State, Input, Output>) {
    this.timeline = timeline;
    this.transitions = new Transitions(model, timeline.sorts);
    this.sets = new SlotSets(timeline.slots);
    this.#candidates = new CandidateFinder(timeline, model);
    this.#usages = new Usages(timeline.unknown.length);
  }

  /** Searches until it knows, or until the budget is spent. */
  run(budget: Budget): SearchResult {
    const levels = this.timeline.answered.length;
    const begin = { parent: -1, operation: -1, unknown: -1 };
    this.#meet({ level: 0, state: 0, taken: 0, usage: 0 }, begin);
    for (;;) {
      const number = this.#stack.pop();
      if (number === undefined) break;
      if (!budget.spend()) return { type: "stopped" };
      const { level } = this.configurations.get(number);
      if (level === levels) return { type: "found", number };
      this.#remember(number, level);
      this.#expand(number);
    }
    return { type: "exhausted", level: this.#levelReached, longest: this.#longest };
  }

  #remember(number: number, level: number): void {
    if (level < this.#levelReached) return;
    if (level > this.#levelReached) {
      this.#levelReached = level;
      this.#longest = [];
    }
    if (this.#longest.length < longestMax) this.#longest.push(number);
  }

  // Pushes what can follow; what is pushed last is looked at first.
  #expand(number: number): void {
    const { timeline } = this;
    const { level, taken } = this.configurations.get(number);
    const answered = timeline.answered[level]!;
    if (this.sets.has(taken, timeline.slotOf[answered]!)) {
      this.#pass(number, answered);
      return;
    }
    const candidates = this.#candidates.at(level);
    for (const index of candidates.unknown) this.#useUnknown(number, index);
    for (let place = candidates.open.length - 1; place >= 0; place -= 1) {
      this.#take(number, candidates.open[place]!);
    }
  }

  // The operation that is answered at this level took effect already: on to the next one.
  #pass(number: number, answered: number): void {
    const { level, state, taken, usage } = this.configurations.get(number);
    const left = this.sets.toggle(taken, this.timeline.slotOf[answered]!);
    const step = { parent: number, operation: -1, unknown: -1 };
    this.#meet({ level: level + 1, state, taken: left, usage }, step);
  }

  // An open operation takes effect, if it can.
  #take(number: number, operation: number): void {
    const { timeline, sets } = this;
    const { level, state, taken, usage } = this.configurations.get(number);
    const sort = timeline.sortOf[operation]!;
    const slot = timeline.slotOf[operation]!;
    if (sets.has(taken, slot)) return;
    const step = { parent: number, operation, unknown: -1 };
    for (const next of this.transitions.after(state, sort)) {
      if (timeline.answered[level] === operation) {
        this.#meet({ level: level + 1, state: next, taken, usage }, step);
      } else {
        this.#meet({ level, state: next, taken: sets.toggle(taken, slot), usage }, step);
      }
    }
  }

  // An operation of unknown outcome takes effect; by S2 the first one of its sort.
  #useUnknown(number: number, index: number): void {
    const { level, state, taken, usage } = this.configurations.get(number);
    const { sort, levels } = this.timeline.unknown[index]!;
    const used = this.#usages.count(usage, index);
    if (used >= levels.length || levels[used]! > level) return;
    const step = { parent: number, operation: -1, unknown: index };
    for (const next of this.transitions.after(state, sort)) {
      if (next === state) continue; // S4
      const more = this.#usages.more(usage, index);
      this.#meet({ level, state: next, taken, usage: more }, step);
    }
  }

  // Comes to a configuration, unless one that is as good was met.
  #meet(at: { level: number; state: number; taken: number; usage: number }, step: Step): void {
    const { level, state, usage } = at;
    const taken = this.#takeReads(level, state, at.taken);
    const first = this.#met.get(level, state, taken);
    for (let other = first; other >= 0; other = this.configurations.next(other)) {
      if (this.#usages.isWithin(this.configurations.usage(other), usage)) return; // S3
    }
    const number = this.configurations.add({ level, state, taken, usage }, step, first);
    this.#met.set(level, state, taken, number);
    this.#stack.push(number);
  }

  // S1: all open reads that fit the state take effect.
  #takeReads(level: number, state: number, before: number): number {
    const { timeline, sets } = this;
    let taken = before;
    if (level === timeline.answered.length) return taken;
    const end = timeline.openFrom[level + 1]!;
    for (let place = timeline.openFrom[level]!; place < end; place += 1) {
      const operation = timeline.open[place]!;
      const sort = timeline.sortOf[operation]!;
      if (!timeline.sorts[sort]!.isRead) continue;
      const slot = timeline.slotOf[operation]!;
      if (sets.has(taken, slot) || this.transitions.after(state, sort).length === 0) continue;
      taken = sets.toggle(taken, slot);
    }
    return taken;
  }
}
