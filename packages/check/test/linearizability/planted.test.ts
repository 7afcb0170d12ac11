// For every model: a correct concurrent history, and behind it a few operations, one after
// the other, whose answers contradict each other whatever came before. Values are unique, and
// the one that shows it is called after all others were answered.

import {
  type CasRegisterInput,
  type CasRegisterOutput,
  type CounterInput,
  type CounterOutput,
  casRegister,
  checkLinearizability,
  counter,
  type History,
  kv,
  kvWhole,
  lease,
  lock,
  type MultiRegisterInput,
  type MultiRegisterOutput,
  type MultiRegisterState,
  multiRegister,
  type Operation,
  queue,
  register,
  type Scalar,
  type SequentialModel,
  type SetInput,
  type SetOutput,
  type SetState,
  set,
  stack,
} from "@holdfast/check";
import { randomBelow, randomItem, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { correctHistory } from "./random_history.ts";

const seed = Number(process.env.HOLDFAST_SEED ?? 1);

/** An operation with its answer; `undefined` is none. */
type Planted<Input, Output> = readonly [input: Input, output: Output | undefined];

interface Subject<State, Input, Output> {
  readonly model: SequentialModel<State, Input, Output>;
  readonly input: (random: SeededRandom) => (process: string, index: number) => Input;
  readonly answersOf: (state: State, input: Input) => readonly Output[];
  /** Operations that can't all have happened; `history` is what came before. */
  readonly planted: (history: History<Input, Output>) => readonly Planted<Input, Output>[];
  /** Whether what never ended could explain what is planted. */
  readonly infoEvery?: number;
}

function plant<State, Input, Output>(
  name: string,
  { model, input, answersOf, planted, infoEvery = 8 }: Subject<State, Input, Output>,
): void {
  describe(name, () => {
    test.each(["best", "search"] as const)("by %s: what is planted is found", (method) => {
      const random = new SeededRandom(seed);
      for (let round = 0; round < 60; round += 1) {
        const history = correctHistory(
          {
            random,
            processes: 4,
            operations: 4 + randomBelow(random, 20),
            input: input(random),
            guesses: () => [],
            infoEvery,
          },
          model,
          answersOf,
        );
        expect(checkLinearizability(history, model, { method }).verdict).toBe("ok");
        const spoiled = [...history, ...after(history, planted(history))];
        const verdict = checkLinearizability(spoiled, model, { method });
        if (verdict.verdict !== "violation") expect({ spoiled, verdict }).toBe("violation");
      }
    });
  });
}

/** Operations of one process, each called when all before was over. */
function after<Input, Output>(
  history: History<Input, Output>,
  planted: readonly Planted<Input, Output>[],
): readonly Operation<Input, Output>[] {
  const last = Math.max(0, ...history.flatMap((each) => timesOf(each)));
  return planted.map(([input, output], index) => ({
    process: "planted",
    input,
    outcome: "ok",
    output,
    invokedAt: last + 1 + 2 * index,
    completedAt: last + 2 + 2 * index,
  }));
}

function timesOf({ invokedAt, completedAt }: Operation): number[] {
  return [invokedAt, completedAt].filter((time) => Number.isFinite(time));
}

const isEven = (random: SeededRandom): boolean => randomBelow(random, 2) === 0;

plant("register", {
  model: register(),
  input: (random) => (_, index) => (isEven(random) ? { f: "read" } : { f: "write", value: index }),
  answersOf: (state, { f }) => [f === "read" ? state : undefined],
  // What was there before all writes can't come back.
  planted: () => [
    [{ f: "write", value: "new" }, undefined],
    [{ f: "read" }, null],
  ],
});

plant<Scalar, CasRegisterInput, CasRegisterOutput>("register with compare-and-set", {
  model: casRegister(),
  input: (random) => (_, index) => {
    const kind = randomBelow(random, 3);
    if (kind === 0) return { f: "read" };
    if (kind === 1) return { f: "write", value: index };
    return { f: "cas", from: randomBelow(random, index + 1), to: index };
  },
  answersOf: (state, input) => {
    if (input.f === "cas") return [state === input.from];
    return [input.f === "read" ? state : undefined];
  },
  planted: () => [
    [{ f: "write", value: "new" }, undefined],
    [{ f: "cas", from: null, to: "newer" }, true],
  ],
});

plant<MultiRegisterState, MultiRegisterInput, MultiRegisterOutput>("several registers", {
  model: multiRegister(),
  input: (random) => (_, index) =>
    isEven(random)
      ? [
          ["r", "x"],
          ["r", "y"],
        ]
      : [["w", randomItem(random, ["x", "y"]), index]],
  answersOf: (state, [first]) =>
    first![0] === "r" ? [[state.get("x") ?? null, state.get("y") ?? null]] : [[]],
  planted: () => [
    [
      [
        ["w", "x", "new"],
        ["w", "z", "new"],
      ],
      [],
    ],
    [
      [
        ["r", "x"],
        ["r", "z"],
      ],
      ["new", null],
    ],
  ],
});

for (const [name, model] of [
  ["key-value store", kv()],
  ["key-value store, whole", kvWhole()],
] as const) {
  plant(name, {
    model,
    input: (random) => (_, index) => {
      const key = randomItem(random, ["a", "b"]);
      if (isEven(random)) return { f: "get", key };
      return { f: isEven(random) ? "put" : "append", key, value: `${index},` };
    },
    answersOf: (state, { f, key }) => [f === "get" ? (state.get(key) ?? "") : undefined],
    planted: () => [
      [{ f: "append", key: "a", value: "new" }, undefined],
      [{ f: "get", key: "a" }, ""],
    ],
  });
}

plant<number, CounterInput, CounterOutput>("counter", {
  model: counter(),
  input: (random) => () =>
    isEven(random) ? { f: "read" } : { f: "add", by: 1 + randomBelow(random, 3) },
  answersOf: (state, { f }) => [f === "read" ? state : undefined],
  // More than all additions together, those that perhaps never happened too.
  planted: (history) => {
    const most = history.reduce((sum, { input }) => sum + (input.f === "add" ? input.by : 0), 0);
    return [[{ f: "read" }, most + 1]];
  },
});

plant<SetState, SetInput, SetOutput>("set", {
  model: set(),
  input: (random) => (_, index) => {
    if (isEven(random)) return { f: "read" };
    const f = randomItem(random, ["add", "remove", "has"] as const);
    return { f, value: randomBelow(random, index + 1) };
  },
  answersOf: (state, input) => {
    if (input.f === "read") return [[...state.values()]];
    return [input.f === "has" ? [...state.values()].includes(input.value) : undefined];
  },
  planted: () => [
    [{ f: "add", value: "new" }, undefined],
    [{ f: "has", value: "new" }, false],
  ],
});

plant("queue", {
  model: queue(),
  input: (random) => (_, index) =>
    isEven(random) ? { f: "dequeue" } : { f: "enqueue", value: index },
  answersOf: (state, { f }) => [f === "dequeue" ? (state[0] ?? null) : undefined],
  // The second of two before the first.
  planted: () => [
    [{ f: "enqueue", value: "first" }, undefined],
    [{ f: "enqueue", value: "second" }, undefined],
    [{ f: "dequeue" }, "second"],
  ],
  infoEvery: 0,
});

plant("stack", {
  model: stack(),
  input: (random) => (_, index) => (isEven(random) ? { f: "pop" } : { f: "push", value: index }),
  answersOf: (state, { f }) => [f === "pop" ? (state.at(-1) ?? null) : undefined],
  // The first of two before the second.
  planted: () => [
    [{ f: "push", value: "first" }, undefined],
    [{ f: "push", value: "second" }, undefined],
    [{ f: "pop" }, "first"],
  ],
  infoEvery: 0,
});

/** The greatest token that was given out; 0 where none was. */
function lastToken(history: History<unknown, unknown>): number {
  return Math.max(0, ...history.map(({ output }) => (typeof output === "number" ? output : 0)));
}

for (const [name, model] of [
  ["lock", lock()],
  ["lease", lease()],
] as const) {
  plant(name, {
    model,
    input: (random) => (by) => ({ f: isEven(random) ? "acquire" : "release", by }),
    answersOf: ({ holder, token }, { f, by }) => {
      if (f === "release") return [holder === by];
      return holder === null ? [token + 1, token + 3] : [null];
    },
    // A token twice, though the lock was given back between.
    planted: (history) => {
      const token = lastToken(history) + 1;
      return [
        [{ f: "acquire", by: "one" }, token],
        [{ f: "release", by: "one" }, true],
        [{ f: "acquire", by: "other" }, token],
      ];
    },
  });
}
