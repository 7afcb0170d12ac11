// Models without rules, and what lies outside of the rules of others, against a judge
// that tries everything; and correct histories of each model, with planted violations.

import {
  type CounterInput,
  type CounterOutput,
  checkLinearizability,
  counter,
  type History,
  type KvInput,
  type KvOutput,
  type KvState,
  kv,
  kvWhole,
  type LeaseInput,
  type LeaseOutput,
  type LockInput,
  type LockOutput,
  type LockState,
  lease,
  lock,
  type MultiRegisterInput,
  type MultiRegisterOutput,
  type MultiRegisterState,
  multiRegister,
  type QueueInput,
  type QueueOutput,
  type QueueValue,
  queue,
  type SequentialModel,
  type SetInput,
  type SetOutput,
  type SetState,
  type StackInput,
  type StackOutput,
  set,
  stack,
} from "@holdfast/check";
import { randomBelow, randomItem, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { bruteForce, explainOrder } from "./brute_force.ts";
import { correctHistory, guessedHistory, type Recipe } from "./random_history.ts";

const seed = Number(process.env.HOLDFAST_SEED ?? 1);

interface Subject<State, Input, Output> {
  readonly model: SequentialModel<State, Input, Output>;
  readonly inputs: (by: string) => readonly Input[];
  readonly guesses: (input: Input) => readonly Output[];
}

function hold<State, Input, Output>(name: string, subject: Subject<State, Input, Output>): void {
  const { model, inputs, guesses } = subject;
  const recipe = (random: SeededRandom, operations: number): Recipe<Input, Output> => ({
    random,
    processes: 3,
    operations,
    input: (by) => randomItem(random, inputs(by)),
    guesses,
    infoEvery: 5,
    failEvery: 10,
  });
  const judge = (history: History<Input, Output>, method: "best" | "search"): boolean => {
    const verdict = checkLinearizability(history, model, { method });
    if (verdict.verdict === "ok" && verdict.order !== null) {
      expect(explainOrder(history, verdict.order, model)).toBe("");
    }
    expect(verdict.verdict).not.toBe("unknown");
    return verdict.verdict === "ok";
  };

  describe(name, () => {
    test("guessed answers: as the judge that tries everything", () => {
      const random = new SeededRandom(seed);
      const counts = [0, 0];
      for (let round = 0; round < 1_500; round += 1) {
        const history = guessedHistory(recipe(random, 2 + randomBelow(random, 6)));
        const wanted = bruteForce(history, model);
        counts[Number(wanted)]! += 1;
        for (const method of ["best", "search"] as const) {
          if (judge(history, method) !== wanted) expect(history).toBe(wanted);
        }
      }
      expect(Math.min(...counts)).toBeGreaterThan(50);
    });

    test("a correct object: always accepted", () => {
      const random = new SeededRandom(seed + 1);
      for (let round = 0; round < 100; round += 1) {
        const history = correctHistory(recipe(random, 10 + randomBelow(random, 30)), model);
        for (const method of ["best", "search"] as const) {
          if (!judge(history, method)) expect(history).toBe("ok");
        }
      }
    });
  });
}

hold<MultiRegisterState, MultiRegisterInput, MultiRegisterOutput>("multi-register", {
  model: multiRegister(),
  inputs: () => [
    [["r", "x"]],
    [["w", "x", 1]],
    [
      ["r", "x"],
      ["w", "x", 2],
      ["r", "y"],
    ],
    [
      ["w", "y", 1],
      ["w", "x", null],
    ],
  ],
  guesses: (input) => {
    const reads = input.filter(([f]) => f === "r").length;
    if (reads === 0) return [undefined];
    return reads === 1
      ? [[null], [1], [2]]
      : [null, 1, 2].flatMap((x) => [
          [x, null],
          [x, 1],
        ]);
  },
});

for (const model of [kv(), kvWhole()]) {
  hold<KvState, KvInput, KvOutput>(
    `key-value store, ${model.partition === undefined ? "whole" : "by key"}`,
    {
      model,
      inputs: () =>
        ["j", "k"].flatMap((key) => [
          { f: "get", key },
          { f: "put", key, value: "a" },
          { f: "append", key, value: "b" },
        ]),
      guesses: ({ f }) =>
        f === "get" ? ["", "a", "b", "ab", "bb", "abb", "bbb", "abbb"] : [undefined],
    },
  );
}

const numbers = Array.from({ length: 90 }, (_, index) => index);

hold<number, CounterInput, CounterOutput>("counter, by different amounts", {
  model: counter(),
  inputs: () => [{ f: "add", by: 1 }, { f: "add", by: 2 }, { f: "read" }],
  guesses: ({ f }) => (f === "read" ? numbers : [undefined]),
});

hold<SetState, SetInput, SetOutput>("set, all operations", {
  model: set(),
  inputs: () => [
    { f: "read" },
    { f: "has", value: 1 },
    { f: "add", value: 1 },
    { f: "remove", value: 1 },
    { f: "add", value: 2 },
  ],
  guesses: ({ f }) => {
    if (f === "read") return [[], [1], [2], [1, 2]];
    return f === "has" ? [true, false] : [undefined];
  },
});

hold<SetState, SetInput, SetOutput>("set, without reads of all", {
  model: set(),
  inputs: () => [
    { f: "has", value: 1 },
    { f: "add", value: 1 },
    { f: "remove", value: 1 },
    { f: "add", value: 2 },
    { f: "has", value: 2 },
  ],
  guesses: ({ f }) => (f === "has" ? [true, false] : [undefined]),
});

hold<readonly QueueValue[], QueueInput, QueueOutput>("queue, the same values again", {
  model: queue(),
  inputs: () => [{ f: "enqueue", value: 1 }, { f: "enqueue", value: 2 }, { f: "dequeue" }],
  guesses: ({ f }) => (f === "dequeue" ? [null, 1, 2] : [undefined]),
});

hold<readonly QueueValue[], StackInput, StackOutput>("stack", {
  model: stack(),
  inputs: () => [{ f: "push", value: 1 }, { f: "push", value: 2 }, { f: "pop" }],
  guesses: ({ f }) => (f === "pop" ? [null, 1, 2] : [undefined]),
});

hold<LockState, LockInput, LockOutput>("lock, refusals too", {
  model: lock(),
  inputs: (by) => [
    { f: "acquire", by },
    { f: "release", by },
  ],
  guesses: ({ f }) => (f === "acquire" ? [null, ...numbers.slice(1, 50)] : [true, false]),
});

hold<LockState, LeaseInput, LeaseOutput>("lease", {
  model: lease(),
  inputs: (by) => [
    { f: "acquire", by },
    { f: "renew", by },
    { f: "release", by },
  ],
  guesses: ({ f }) => (f === "acquire" ? [null, ...numbers.slice(1, 50)] : [true, false]),
});
