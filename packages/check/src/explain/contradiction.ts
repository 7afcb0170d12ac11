// The smallest contradiction: of a history that is not linearizable, the few operations
// that can't all have happened as they were seen, whatever became of the others.
//
// Problem. A judge names one operation that fits nowhere, after an order of hundreds; a
// person wants the three that matter.
// Method. An operation is let loose: of unknown outcome, asked for at an unknown time, so
// that it may have taken effect at any moment, or never; and a read is left out. What is
// linearizable stays so when any operation is let loose. So where a history is still in
// violation after all but a few were, these few contradict each other, and that is proved
// by the same judge. They are looked for among what the judge named, then among that and all
// that changes something, then among the last answers; and what is found is thinned out by halves, quarters and so on, each time keeping what is still a violation.
//
// Invariants:
//   C1  All others up to the contradiction let loose, what is found is judged a violation.
//   C2  Where `isSmallest`, letting loose any one more is judged `ok`.
//
// Source: the thinning is Zeller and Hildebrandt 2002, "Simplifying and isolating
// failure-inducing input" (ddmin), of complements only.

import type { History, Operation } from "../history/operation.ts";
import { checkLinearizability } from "../linearizability/check_linearizability.ts";
import type { SequentialModel } from "../linearizability/model.ts";

/** Operations that contradict each other. */
export interface Contradiction<Input, Output> {
  /** In the order of the history. */
  readonly operations: readonly Operation<Input, Output>[];
  /** Whether no one of them can be let loose. */
  readonly isSmallest: boolean;
}

/** Configurations that one attempt may look at. */
const stepsPerAttemptMax = 20_000;

/** So few operations are tried one by one at once. */
const fewMax = 64;

/** Operations and configurations that all attempts together may look at. */
const workMax = 1_500_000;

/**
 * The smallest contradiction that can be found in one part of a history that `model`
 * judges a violation, and of which it named the `suspects`. Null where none was found with
 * at most 3 million operations and configurations looked at, of which a part of a million
 * operations allows a few attempts.
 */
export function smallestContradiction<State, Input, Output>(
  part: History<Input, Output>,
  model: SequentialModel<State, Input, Output>,
  suspects: readonly Operation<Input, Output>[],
): Contradiction<Input, Output> | null {
  const answers = suspects.filter(({ outcome }) => outcome === "ok");
  const untilAt = Math.max(...answers.map(({ completedAt }) => completedAt));
  for (const at of [untilAt, Infinity]) {
    const thinning = new Thinning(part, model, at);
    const found = thinning.contradiction(suspects);
    if (found !== null) return found;
  }
  return null;
}

function opened<Input, Output>(operation: Operation<Input, Output>): Operation<Input, Output> {
  return { ...operation, outcome: "info", output: undefined, completedAt: Infinity };
}

class Thinning<State, Input, Output> {
  readonly #part: readonly Operation<Input, Output>[];
  // The same up to a moment: what was answered later is open then.
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #model: SequentialModel<State, Input, Output>;
  #work = 0;

  constructor(
    part: History<Input, Output>,
    model: SequentialModel<State, Input, Output>,
    untilAt: number,
  ) {
    this.#part = part.filter(
      ({ invokedAt, outcome }) => invokedAt <= untilAt && outcome !== "fail",
    );
    this.#operations = this.#part.map((operation) =>
      operation.completedAt > untilAt ? opened(operation) : operation,
    );
    this.#model = model;
  }

  /** What is left of the suspects; of them and all that changes something; or of the last. */
  contradiction(
    suspects: readonly Operation<Input, Output>[],
  ): Contradiction<Input, Output> | null {
    const named = new Set(suspects);
    const places = this.#operations.map((_, place) => place).reverse();
    const isNamed = (place: number) => named.has(this.#part[place]!);
    const changes = (place: number) => !this.#isRead(this.#operations[place]!);
    for (const isKept of [isNamed, (place: number) => isNamed(place) || changes(place)]) {
      const kept = places.filter(isKept);
      if (this.#attempt(kept) === "violation") return this.#thinOut(kept);
    }
    const last = this.#lastThatContradict();
    return last === null ? null : this.#thinOut(last);
  }

  // The places of the last that contradict each other: as few as a power of two.
  #lastThatContradict(): readonly number[] | null {
    const at = (place: number) => this.#operations[place]!;
    const isKnown = (place: number) => Number(at(place).outcome === "ok");
    // What was never answered comes last: that it was asked for so late may matter too.
    const byAnswer = this.#operations
      .map((_, place) => place)
      .sort((a, b) => {
        if (isKnown(a) !== isKnown(b)) return isKnown(b) - isKnown(a);
        return isKnown(a) === 1
          ? at(b).completedAt - at(a).completedAt || b - a
          : at(b).invokedAt - at(a).invokedAt || b - a;
      });
    for (let count = 1; this.#work < workMax; count *= 2) {
      const kept = byAnswer.slice(0, count);
      if (this.#attempt(kept) === "violation") return kept;
      if (count >= byAnswer.length) break;
    }
    return null;
  }

  // Keeps of places only what it takes.
  #thinOut(places: readonly number[]): Contradiction<Input, Output> {
    // Reads are let loose before what changes something, and early ones before late ones:
    // so what is left is what a person would name.
    const isRead = (place: number) => this.#isRead(this.#operations[place]!);
    let kept = [...places].reverse().sort((a, b) => Number(isRead(b)) - Number(isRead(a)));
    let isSmallest = false;
    const first = kept.length > fewMax ? Math.ceil(kept.length / 2) : 1;
    for (let size = first; this.#work < workMax; ) {
      let isDecided = true;
      let isThinner = false;
      for (let from = 0; from < kept.length && this.#work < workMax; ) {
        const rest = [...kept.slice(0, from), ...kept.slice(from + size)];
        const verdict = rest.length === kept.length ? "ok" : this.#attempt(rest);
        if (verdict === "violation") {
          kept = rest;
          isThinner = true;
        } else from += size;
        if (verdict === "unknown") isDecided = false;
      }
      isSmallest = size === 1 && !isThinner && isDecided && this.#work < workMax;
      if (size === 1 && !isThinner) break;
      size = kept.length > fewMax ? Math.max(1, Math.floor(size / 2)) : 1;
    }
    const operations = kept.sort((a, b) => a - b).map((place) => this.#part[place]!);
    return { operations, isSmallest };
  }

  #isRead({ input, output, outcome }: Operation<Input, Output>): boolean {
    return this.#model.isRead?.(input, outcome === "ok" ? output : undefined) ?? false;
  }

  #attempt(kept: readonly number[]): "ok" | "violation" | "unknown" {
    const isKept = new Set(kept);
    const model = this.#model;
    const history = this.#operations.flatMap((operation, place) => {
      if (isKept.has(place)) return [operation];
      return this.#isRead(operation)
        ? []
        : [{ ...opened(operation), invokedAt: Number.NEGATIVE_INFINITY }];
    });
    this.#work += this.#operations.length;
    let steps = 0;
    const { verdict } = checkLinearizability(history, model, {
      stepsMax: stepsPerAttemptMax,
      shouldStop: () => {
        // Asked once in 256 steps.
        steps += 256;
        return false;
      },
    });
    this.#work += steps;
    return verdict;
  }
}
