// The smallest contradiction: of a history that is not linearizable, the few operations
// that can't all have happened as they were seen, whatever became of the others.
//
// Problem. A judge names one operation that fits nowhere, after an order of hundreds; a
// person wants the three that matter.
// Method. An operation is let loose: of unknown outcome, asked for at an unknown time, so
// that it may have taken effect at any moment, or never; and a read is left out. What is
// linearizable stays so when any operation is let loose. So where a history is still in
// violation after all but a few were, these few contradict each other, and that is proved
// by the same judge. They are looked for among the last answers first, and then thinned
// out by halves, quarters and so on, each time keeping what is still a violation.
//
// Invariants:
//   C1  The rest let loose, the operations found are judged a violation.
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

/** Operations and configurations that all attempts together may look at. */
const workMax = 3_000_000;

/**
 * The smallest contradiction that can be found in one part of a history that `model`
 * judges a violation. `untilAt` is a moment up to which there is one. Null where not even
 * one attempt was decided.
 *
 * Cost: at most {@link workMax} operations and configurations.
 */
export function smallestContradiction<State, Input, Output>(
  part: History<Input, Output>,
  model: SequentialModel<State, Input, Output>,
  untilAt: number,
): Contradiction<Input, Output> | null {
  const thinning = new Thinning(upTo(part, untilAt), model);
  const last = thinning.lastThatContradict();
  return last === null ? null : thinning.thinOut(last);
}

// What happened up to a moment: what was answered later is open then.
function upTo<Input, Output>(
  part: History<Input, Output>,
  untilAt: number,
): Operation<Input, Output>[] {
  return part
    .filter(({ invokedAt, outcome }) => invokedAt <= untilAt && outcome !== "fail")
    .map((operation) => (operation.completedAt > untilAt ? opened(operation) : operation));
}

function opened<Input, Output>(operation: Operation<Input, Output>): Operation<Input, Output> {
  return { ...operation, outcome: "info", output: undefined, completedAt: Infinity };
}

class Thinning<State, Input, Output> {
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #model: SequentialModel<State, Input, Output>;
  #work = 0;

  constructor(
    operations: readonly Operation<Input, Output>[],
    model: SequentialModel<State, Input, Output>,
  ) {
    this.#operations = operations;
    this.#model = model;
  }

  /** The places of the last answers that contradict each other: as few as a power of two. */
  lastThatContradict(): readonly number[] | null {
    const byAnswer = this.#operations
      .map((_, place) => place)
      .filter((place) => this.#operations[place]!.outcome === "ok")
      .sort((a, b) => this.#operations[b]!.completedAt - this.#operations[a]!.completedAt || b - a);
    for (let count = 1; this.#work < workMax; count *= 2) {
      const kept = byAnswer.slice(0, count);
      if (this.#attempt(kept) === "violation") return kept;
      if (count >= byAnswer.length) break;
    }
    return null;
  }

  /** Keeps of `places` only what it takes. */
  thinOut(places: readonly number[]): Contradiction<Input, Output> {
    let kept = [...places];
    let isSmallest = false;
    for (let size = Math.ceil(kept.length / 2); this.#work < workMax; ) {
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
      size = Math.max(1, Math.floor(size / 2));
    }
    const operations = kept.sort((a, b) => a - b).map((place) => this.#operations[place]!);
    return { operations, isSmallest };
  }

  #attempt(kept: readonly number[]): "ok" | "violation" | "unknown" {
    const isKept = new Set(kept);
    const model = this.#model;
    const history = this.#operations.flatMap((operation, place) => {
      if (isKept.has(place)) return [operation];
      const { input, output, outcome } = operation;
      const isRead = model.isRead?.(input, outcome === "ok" ? output : undefined) ?? false;
      return isRead ? [] : [{ ...opened(operation), invokedAt: Number.NEGATIVE_INFINITY }];
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
