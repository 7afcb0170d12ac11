// The methods that do without search, against the search and against a judge that tries
// everything: on thousands of small histories, correct ones and ones that were spoiled.

import {
  type CasRegisterInput,
  type CasRegisterOutput,
  type CounterInput,
  type CounterOutput,
  casRegister,
  checkLinearizability,
  counter,
  type History,
  type LockInput,
  type LockOutput,
  type LockState,
  lock,
  type QueueInput,
  type QueueOutput,
  type QueueValue,
  queue,
  type RegisterInput,
  type RegisterOutput,
  register,
  type Scalar,
  type SequentialModel,
  type SetInput,
  type SetOutput,
  type SetState,
  set,
} from "@holdfast/check";
import { randomBelow, randomItem, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { bruteForce, explainOrder } from "./brute_force.ts";
import { correctHistory, type Recipe } from "./random_history.ts";

const seed = Number(process.env.HOLDFAST_SEED ?? 1);

/** Makes one change at random: an answer of another, other times, or an outcome not known. */
function spoil<Input extends { readonly f?: string }, Output>(
  history: History<Input, Output>,
  random: SeededRandom,
): History<Input, Output> {
  const answered = history.filter(({ outcome }) => outcome === "ok");
  if (answered.length === 0) return history;
  const one = randomItem(random, answered);
  const other = randomItem(
    random,
    answered.filter(({ input }) => input.f === one.input.f),
  );
  if (randomBelow(random, 2) === 0) {
    const swap = new Map([
      [one, other.output],
      [other, one.output],
    ]);
    return history.map((each) => (swap.has(each) ? { ...each, output: swap.get(each)! } : each));
  }
  const span = 1 + randomBelow(random, 4);
  const shift = randomBelow(random, 2 * history.length) - history.length;
  return history.map((each) =>
    each === one
      ? { ...each, invokedAt: each.invokedAt + shift, completedAt: each.invokedAt + shift + span }
      : each,
  );
}

interface Subject<State, Input, Output> {
  readonly model: SequentialModel<State, Input, Output>;
  readonly input: (random: SeededRandom) => Recipe<Input, Output>["input"];
  readonly answersOf: (state: State, input: Input) => readonly Output[];
  readonly failEvery?: number;
  /** Whether an operation of unknown outcome keeps the rules from answering. */
  readonly cannotRule?: (history: History<Input, Output>) => boolean;
}

function agree<State, Input extends { readonly f?: string }, Output>(
  name: string,
  { model, input, answersOf, cannotRule, failEvery = 12 }: Subject<State, Input, Output>,
): void {
  const compare = (operations: number, rounds: number, isSmall: boolean) => {
    const random = new SeededRandom(seed + operations);
    const counts = { ok: 0, violation: 0, left: 0 };
    for (let round = 0; round < rounds; round += 1) {
      const recipe = {
        random,
        processes: 4,
        operations: 3 + randomBelow(random, operations),
        input: input(random),
        guesses: () => [],
        infoEvery: 10,
        failEvery,
      };
      const correct = correctHistory(recipe, model, answersOf);
      let history = correct;
      for (let left = randomBelow(random, 5); left > 0; left -= 1) history = spoil(history, random);
      const kept = history.filter(({ outcome }) => outcome !== "fail");
      const ruled = model.rules!(kept);
      if (ruled === null) {
        counts.left += 1;
        expect(cannotRule?.(kept)).toBe(true);
        continue;
      }
      counts[ruled.verdict] += 1;
      const searched = isSmall
        ? bruteForce(history, model)
        : checkLinearizability(history, model, { method: "search" }).verdict === "ok";
      const wanted = searched ? "ok" : "violation";
      if (ruled.verdict !== wanted) expect({ history, ruled }).toBe(wanted);
      if (history === correct) expect(ruled.verdict).toBe("ok");
      if (ruled.verdict === "ok") {
        if (ruled.order !== null) expect(explainOrder(history, ruled.order, model)).toBe("");
      } else {
        expect(ruled.operations.length).toBeGreaterThan(0);
        for (const operation of ruled.operations) expect(kept).toContain(operation);
      }
    }
    return counts;
  };

  describe(name, () => {
    test("small histories: as the judge that tries everything", () => {
      const { ok, violation } = compare(5, 3_000, true);
      expect(ok).toBeGreaterThan(150);
      expect(violation).toBeGreaterThan(150);
    });

    test("histories of up to 30 operations: as the search", () => {
      const { ok, violation } = compare(29, 600, false);
      expect(ok).toBeGreaterThan(50);
      expect(violation).toBeGreaterThan(50);
    });
  });
}

agree<Scalar, RegisterInput, RegisterOutput>("register with unique writes", {
  model: register(),
  input: (random) => (_, index) =>
    randomBelow(random, 2) === 0 ? { f: "read" } : { f: "write", value: index + 1 },
  answersOf: (state, { f }) => [f === "read" ? state : undefined],
});

agree<Scalar, CasRegisterInput, CasRegisterOutput>("CAS register with unique writes", {
  model: casRegister(0),
  input: (random) => (_, index) => {
    const kind = randomBelow(random, 4);
    if (kind === 0) return { f: "read" };
    if (kind === 1) return { f: "write", value: index + 1 };
    return { f: "cas", from: Math.max(0, index - randomBelow(random, 3)), to: index + 1 };
  },
  // A compare-and-set that can't be done waits.
  answersOf: (state, { f }) => (f === "read" ? [state] : f === "cas" ? [true] : [undefined]),
});

agree<readonly QueueValue[], QueueInput, QueueOutput>("queue with unique values", {
  model: queue(),
  input: (random) => (_, index) =>
    randomBelow(random, 2) === 0 ? { f: "dequeue" } : { f: "enqueue", value: index },
  answersOf: (state, { f }) => [f === "dequeue" ? (state[0] ?? null) : undefined],
  cannotRule: (history) =>
    history.some(({ input, outcome }) => input.f === "dequeue" && outcome === "info"),
});

agree<SetState, SetInput, SetOutput>("grow-only set", {
  model: set(),
  input: (random) => (_, index) =>
    randomBelow(random, 2) === 0 ? { f: "read" } : { f: "add", value: index },
  answersOf: (state, { f }) => [f === "read" ? [...state.values()] : undefined],
});

for (const by of [1, -3]) {
  agree<number, CounterInput, CounterOutput>(`counter that is added ${by} to`, {
    model: counter(5),
    input: (random) => () => (randomBelow(random, 2) === 0 ? { f: "read" } : { f: "add", by }),
    answersOf: (state, { f }) => [f === "read" ? state : undefined],
  });
}

agree<LockState, LockInput, LockOutput>("lock", {
  model: lock(),
  input: () => {
    const holders = new Set<string>();
    return (by) => {
      if (holders.delete(by)) return { f: "release", by };
      holders.add(by);
      return { f: "acquire", by };
    };
  },
  answersOf: ({ holder, token }, { f, by }) => {
    if (f === "release") return [holder === by];
    return holder === null ? [token + 1, token + 2] : [];
  },
  cannotRule: (history) =>
    history.some(({ input, output }) => input.f === "release" && output === false) ||
    history.some(({ process, invokedAt, completedAt }, index) =>
      history
        .filter((other, place) => place !== index && other.process === process)
        .some((other) => invokedAt <= other.completedAt && other.invokedAt <= completedAt),
    ),
  failEvery: 0,
});
