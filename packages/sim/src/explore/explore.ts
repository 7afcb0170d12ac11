// Visits every state of a model, nearest first.
//
// Breadth first: all states that n actions lead to come before those that take
// n + 1. So the first violation met is one of the shortest there are, and no
// state need be kept once its successors were made: a way to it is kept as
// numbers of actions, and walked again from the start when somebody asks.
//
// Where fingerprints merge states that are alike under a symmetry, the first of
// them that is met stands for all. Ways are real ones: each step was carried out
// on the state that is shown.
//
// Invariants:
//   EX1  A state is expanded once, and no later than any that is farther away.
//   EX2  A way that is reported leads, carried out again, to the state it was reported for.
//
// Source: Clarke, Grumberg & Peled 1999, chapter 2; Ip & Dill 1996 for symmetry.
// Learnt from TLC and Stateright. Departures: nothing but safety, ends and
// reachability are checked; no temporal formulas, no partial order reduction.

import { assert, HoldfastError } from "@holdfast/std";
import type { Exploration, ExploreLimits, Model, Predicates, Step, Violation } from "./model.ts";
import { StateTable } from "./state_table.ts";

/**
 * Visits the states of `model`, nearest first, until all were seen, something is
 * violated, or a limit is reached.
 *
 * The way to a violation has the least possible number of actions; where what is
 * violated must hold at the end only, at most one more. The same model gives the
 * same exploration.
 *
 * @throws {HoldfastError} `invalid_argument` where a limit is out of its range or
 *   the model has no initial state. What the model's functions throw, but for
 *   `next`, whose failures are violations.
 *
 * Cost: for each state, its actions, and for each of these one `next` and one
 * `fingerprint`; memory as in {@link ExploreLimits}.
 */
export function explore<State, Action>(
  model: Model<State, Action>,
  limits: ExploreLimits,
): Exploration<State, Action> {
  return new Explorer(model, limits).run();
}

interface Waiting<State> {
  readonly number: number;
  readonly state: State;
}

class Explorer<State, Action> {
  readonly #model: Model<State, Action>;
  readonly #depthMax: number;
  readonly #table: StateTable;
  readonly #goals: Map<string, number | null>;
  // Goals that no state met so far.
  readonly #open: Map<string, (state: State) => boolean>;
  #transitions = 0;
  #cut = 0;
  #ends = 0;
  #depth = 0;
  #full = false;
  #violation: Violation<State, Action> | null = null;

  constructor(model: Model<State, Action>, limits: ExploreLimits) {
    if (!Number.isInteger(limits.depthMax) || limits.depthMax < 0) {
      throw new HoldfastError("invalid_argument", `depthMax of ${limits.depthMax}`);
    }
    if (model.initial.length === 0) {
      throw new HoldfastError("invalid_argument", "a model without an initial state");
    }
    this.#model = model;
    this.#depthMax = limits.depthMax;
    this.#table = new StateTable(limits.statesMax);
    this.#open = new Map(Object.entries(model.goals ?? {}));
    this.#goals = new Map([...this.#open.keys()].map((id) => [id, null]));
  }

  run(): Exploration<State, Action> {
    let level: Waiting<State>[] = [];
    for (const [index, state] of this.#model.initial.entries()) {
      this.#meet(state, -1, index, level);
      if (this.#violation !== null) break;
    }
    let depth = 0;
    while (level.length > 0 && this.#violation === null && !this.#full && depth < this.#depthMax) {
      const next: Waiting<State>[] = [];
      depth += 1;
      this.#expand(level, depth, next);
      level = next;
    }
    const complete = level.length === 0 && this.#violation === null && !this.#full;
    return {
      states: this.#table.count,
      transitions: this.#transitions,
      cut: this.#cut,
      ends: this.#ends,
      depthMax: this.#depth,
      complete,
      violation: this.#violation,
      goals: this.#goals,
      passed: complete && this.#open.size === 0,
    };
  }

  // Makes the successors of a level, which take `depth` actions.
  #expand(level: Waiting<State>[], depth: number, next: Waiting<State>[]): void {
    for (const { number, state } of level) {
      const actions = this.#model.actions(state);
      if (actions.every((action) => this.#model.isFault?.(action))) this.#end(number, state);
      for (let index = 0; index < actions.length; index += 1) {
        if (this.#violation !== null || this.#full) return;
        const after = this.#carryOut(number, state, actions[index]!);
        if (after === null) continue;
        const count = this.#table.count;
        this.#meet(after, number, index, next, depth);
        if (this.#table.count > count) this.#depth = depth;
      }
      if (this.#violation !== null) return;
    }
  }

  #carryOut(number: number, state: State, action: Action): State | null {
    try {
      const after = this.#model.next(state, action);
      if (after === null) this.#cut += 1;
      else this.#transitions += 1;
      return after;
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      const path = [...this.#path(number), { before: state, action, after: null }];
      this.#violation = { invariant: null, kind: "assertion", sentence, path };
      return null;
    }
  }

  #meet(state: State, parent: number, action: number, next: Waiting<State>[], depth = 0): void {
    const number = this.#table.add(this.#model.fingerprint(state), parent, action);
    if (number === "known") return;
    if (number === "full") {
      this.#full = true;
      return;
    }
    next.push({ number, state });
    for (const [id, holds] of this.#open) {
      if (!holds(state)) continue;
      this.#goals.set(id, depth);
      this.#open.delete(id);
    }
    this.#check(number, state, this.#model.invariants, "invariant");
  }

  #end(number: number, state: State): void {
    this.#ends += 1;
    this.#check(number, state, this.#model.endings ?? {}, "ending");
  }

  #check(
    number: number,
    state: State,
    predicates: Predicates<State>,
    kind: "invariant" | "ending",
  ): void {
    for (const id in predicates) {
      if (predicates[id]!(state)) continue;
      const sentence = kind === "ending" ? `${id} does not hold at the end` : `${id} is broken`;
      this.#violation = { invariant: id, kind, sentence, path: this.#path(number) };
      return;
    }
  }

  #path(number: number): Step<State, Action>[] {
    const [first, ...rest] = this.#table.path(number);
    const steps: Step<State, Action>[] = [];
    let before: State = this.#model.initial[first!]!;
    for (const index of rest) {
      const action = this.#model.actions(before)[index];
      assert(action !== undefined, "EX2: a model does not repeat its actions");
      const after = this.#model.next(before, action);
      assert(after !== null, "EX2: a model does not repeat its states");
      steps.push({ before, action, after });
      before = after;
    }
    return steps;
  }
}
