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
//   S6  When an operation overwrites what another open one would have written, that one can
//       have taken effect just before, unseen; or it takes effect later after all, as long
//       as it is open. So which of many writes came last is decided when it matters. Of two
//       configurations that differ only here, one in which more can be seen later is enough.
//
// Sources: Wing and Gong, "Testing and verifying concurrent objects" (1993); Lowe,
// "Testing for linearizability" (2017), sections 2 and 4; S2 to S6 are ours.

import { CandidateFinder } from "./candidates.ts";
import { type Configuration, Configurations, type Step } from "./configurations.ts";
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
const longestMax = 16;

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
    this.#meet({ level: 0, state: 0, taken: 0, usage: 0, unseen: 0 }, begin);
    for (;;) {
      const number = this.#stack.pop();
      if (number === undefined) break;
      if (!budget.spend()) return { type: "stopped" };
      const level = this.configurations.level(number);
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
    const from = this.configurations.get(number);
    const { level, state, taken, usage, unseen } = from;
    const slot = this.timeline.slotOf[this.timeline.answered[level]!]!;
    if (!this.sets.has(taken, slot)) {
      this.#useOthers(number, from);
      return;
    }
    const step = { parent: number, operation: -1, unknown: -1 };
    const left = this.sets.toggle(taken, slot);
    const isUnseen = this.sets.has(unseen, slot);
    const still = isUnseen ? this.sets.toggle(unseen, slot) : unseen;
    // S6: what took effect unseen can also do so now.
    if (isUnseen) this.#meet({ level, state, taken: left, usage, unseen: still }, step);
    // The operation that is answered took effect already: on to the next one.
    this.#meet({ level: level + 1, state, taken: left, usage, unseen: still }, step);
  }

  #useOthers(number: number, from: Configuration): void {
    const candidates = this.#candidates.at(from.level);
    for (const index of candidates.unknown) this.#useUnknown(number, from, index);
    for (let place = candidates.open.length - 1; place >= 0; place -= 1) {
      this.#take(number, from, candidates.open[place]!);
    }
  }

  // An open operation takes effect, if it can.
  #take(number: number, from: Configuration, operation: number): void {
    const { timeline, sets } = this;
    const { level, state, taken, usage, unseen } = from;
    const sort = timeline.sortOf[operation]!;
    const slot = timeline.slotOf[operation]!;
    const wasUnseen = sets.has(unseen, slot);
    if (sets.has(taken, slot) && !wasUnseen) return;
    const nexts = this.transitions.after(state, sort);
    if (nexts.length === 0) return;
    const step = { parent: number, operation, unknown: -1 };
    const seen = wasUnseen ? sets.toggle(unseen, slot) : unseen;
    const isAnswered = timeline.answered[level] === operation;
    const now = isAnswered || wasUnseen ? taken : sets.toggle(taken, slot);
    for (const next of nexts) {
      const at = { level, state: next, taken: now, usage, unseen: seen };
      this.#overwrite(at, sort, operation);
      if (isAnswered) at.level += 1;
      this.#meet(at, step);
    }
  }

  // An operation of unknown outcome takes effect; by S2 the first one of its sort.
  #useUnknown(number: number, from: Configuration, index: number): void {
    const { level, state, taken, usage, unseen } = from;
    const { sort, levels } = this.timeline.unknown[index]!;
    const used = this.#usages.count(usage, index);
    if (used >= levels.length || levels[used]! > level) return;
    for (const next of this.transitions.after(state, sort)) {
      if (next === state) continue; // S4
      const step = { parent: number, operation: -1, unknown: index };
      const at = { level, state: next, taken, usage: this.#usages.more(usage, index), unseen };
      this.#meet(at, step);
    }
  }

  // S6: what is open and would have been overwritten took effect unseen, just before.
  #overwrite(
    at: { -readonly [Field in keyof Configuration]: number },
    sort: number,
    by: number,
  ): void {
    const { timeline, sets } = this;
    const { overwrites } = timeline.sorts[sort]!;
    if (overwrites === null) return;
    const end = timeline.openFrom[at.level + 1]!;
    for (let place = timeline.openFrom[at.level]!; place < end; place += 1) {
      const operation = timeline.open[place]!;
      const slot = timeline.slotOf[operation]!;
      if (operation === by || sets.has(at.taken, slot)) continue;
      if (timeline.sorts[timeline.sortOf[operation]!]!.overwrites !== overwrites) continue;
      at.taken = sets.toggle(at.taken, slot);
      at.unseen = sets.toggle(at.unseen, slot);
    }
  }

  // Comes to a configuration, unless one that is as good was met.
  #meet(at: Configuration, step: Step): void {
    const { level, state, usage, unseen } = at;
    const { configurations } = this;
    const taken = this.#takeReads(level, state, at.taken);
    const first = this.#met.get(level, state, taken);
    for (let other = first; other >= 0; other = configurations.next(other)) {
      // S3 and S6: one that used no more, and of which no less can be seen later.
      const isAsGood =
        this.#usages.isWithin(configurations.usage(other), usage) &&
        this.sets.isWithin(unseen, configurations.unseen(other));
      if (isAsGood) return;
    }
    const number = configurations.add({ level, state, taken, usage, unseen }, step, first);
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
