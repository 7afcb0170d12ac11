// Anomalies that are planted among the transactions of a store without any are found, alone
// and as small as they were planted.

import {
  type AnomalyType,
  judgeLists,
  judgePredicates,
  judgeRegisters,
  type ListStep,
  type PredicateStep,
  type RegisterStep,
  type TransactionOperation,
} from "@holdfast/check";
import { SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import { type ListOperation, snapshotStore } from "./stores.ts";

const size = { transactions: 300, processes: 5, keys: 8 };

interface Planted {
  readonly type: AnomalyType;
  /** Transactions in the smallest cycle; 0 where it is none. */
  readonly cycle: number;
  /** What is planted; `fails` before what fails. All of one process, unless real time is the matter. */
  readonly transactions: readonly (readonly (ListStep | "fails")[])[];
}

const planted: readonly Planted[] = [
  {
    type: "G0",
    cycle: 2,
    transactions: [
      [
        ["append", "x", 1],
        ["append", "y", 1],
      ],
      [
        ["append", "x", 2],
        ["append", "y", 2],
      ],
      [
        ["r", "x", [1, 2]],
        ["r", "y", [2, 1]],
      ],
    ],
  },
  {
    type: "G1c",
    cycle: 3,
    transactions: [
      [
        ["append", "x", 1],
        ["r", "z", [1]],
      ],
      [
        ["r", "x", [1]],
        ["append", "y", 1],
      ],
      [
        ["r", "y", [1]],
        ["append", "z", 1],
      ],
    ],
  },
  {
    type: "G-single-item",
    cycle: 3,
    transactions: [
      [
        ["append", "x", 1],
        ["append", "y", 1],
      ],
      [
        ["r", "x", [1]],
        ["append", "z", 1],
      ],
      [
        ["r", "z", [1]],
        ["r", "y", []],
      ],
    ],
  },
  {
    type: "G-nonadjacent-item",
    cycle: 4,
    transactions: [
      [["append", "x", 1]],
      [["append", "y", 1]],
      [
        ["r", "x", [1]],
        ["r", "y", []],
      ],
      [
        ["r", "x", []],
        ["r", "y", [1]],
      ],
    ],
  },
  {
    type: "G2-item",
    cycle: 3,
    transactions: [
      [
        ["r", "x", []],
        ["append", "y", 1],
      ],
      [
        ["r", "y", []],
        ["append", "z", 1],
      ],
      [
        ["r", "z", []],
        ["append", "x", 1],
      ],
    ],
  },
  { type: "G1a", cycle: 0, transactions: [["fails", ["append", "x", 1]], [["r", "x", [1]]]] },
  {
    type: "lost-update",
    cycle: 0,
    transactions: [
      [["append", "x", 1]],
      [
        ["r", "x", [1]],
        ["append", "x", 2],
      ],
      [
        ["r", "x", [1]],
        ["append", "x", 3],
      ],
    ],
  },
];

function operationOf(steps: readonly (ListStep | "fails")[], process: string): ListOperation {
  const output = steps.filter((step): step is ListStep => step !== "fails");
  const outcome = output.length < steps.length ? "fail" : "ok";
  // They overlap everything, so that only their data orders them.
  const times = { invokedAt: Number.NEGATIVE_INFINITY, completedAt: 1e9 };
  return {
    process,
    input: output,
    outcome,
    output: outcome === "ok" ? output : undefined,
    ...times,
  };
}

test.each(planted)(
  "$type of $cycle is found among transactions that are fine",
  ({ type, cycle, transactions }) => {
    for (let seed = 0; seed < 10; seed += 1) {
      const clean = snapshotStore(new SeededRandom(seed), size, true);
      expect(judgeLists(clean).anomalies).toEqual([]);
      const all: ListOperation[] = [
        ...transactions.map((steps, place) => operationOf(steps, `planted ${place}`)),
        ...clean,
      ];
      const { anomalies, verdict } = judgeLists(all);
      expect(verdict).toBe("violation");
      const [found] = anomalies.filter((anomaly) => anomaly.type === type);
      expect(found!.cycle).toHaveLength(cycle);
      expect(found!.operations.every((operation) => operation < transactions.length)).toBe(true);
      // Nothing else is accused.
      const accused = anomalies.flatMap(({ operations }) => operations);
      expect(accused.every((operation) => operation < transactions.length)).toBe(true);
    }
  },
);

test("many who each missed what all others appended are write skews of two", () => {
  const history = Array.from({ length: 30 }, (_, place) =>
    operationOf(
      [
        ["r", "x", []],
        ["append", "x", place],
      ],
      `p${place}`,
    ),
  );
  const { anomalies } = judgeLists(history, { models: ["serializable"] });
  const [skew] = anomalies.filter(({ type }) => type === "G2-item");
  expect(skew!.cycle.map(({ type }) => type)).toEqual(["rw", "rw"]);
  expect(skew!.smallest).toBe(true);
  expect(new Set(skew!.operations).size).toBe(2);
  const [lost] = anomalies.filter(({ type }) => type === "lost-update");
  expect(lost!.operations).toHaveLength(30);
});

test("one who missed what many appended, and is missed by none, is fine", () => {
  const history = [
    ...Array.from({ length: 30 }, (_, place) => operationOf([["append", "x", place]], `a${place}`)),
    ...Array.from({ length: 30 }, (_, place) => operationOf([["r", "x", []]], `r${place}`)),
    operationOf(
      [
        ["r", "x", []],
        ["append", "x", 99],
      ],
      "both",
    ),
  ];
  const judged = judgeLists(history, { models: ["serializable"] });
  expect(judged).toMatchObject({ verdict: "ok", ruledOut: [] });
});

test("a cycle may lead through where many missed what many appended", () => {
  const many = (steps: (place: number) => ListStep[]) =>
    Array.from({ length: 30 }, (_, place) => operationOf(steps(place), `p${place}`));
  const fillers = [...many(() => [["r", "x", []]]), ...many((place) => [["append", "x", place]])];
  const single = [
    operationOf(
      [
        ["r", "x", []],
        ["r", "z", [1]],
      ],
      "reader",
    ),
    operationOf(
      [
        ["append", "x", 99],
        ["append", "z", 1],
      ],
      "writer",
    ),
  ];
  const [skew] = judgeLists([...single, ...fillers], { models: ["serializable"] }).anomalies;
  expect(skew).toMatchObject({ type: "G-single-item", name: "read skew", operations: [0, 1] });
  const fork = [
    operationOf(
      [
        ["r", "x", []],
        ["r", "w", [1]],
      ],
      "reader",
    ),
    operationOf(
      [
        ["append", "x", 99],
        ["append", "z", 1],
      ],
      "writer",
    ),
    operationOf(
      [
        ["r", "z", [1]],
        ["r", "w", []],
      ],
      "other reader",
    ),
    operationOf([["append", "w", 1]], "other writer"),
  ];
  const { anomalies } = judgeLists([...fork, ...fillers], { models: ["snapshot-isolation"] });
  expect(anomalies).toMatchObject([{ type: "G-nonadjacent-item", name: "long fork" }]);
  expect(anomalies[0]!.cycle).toHaveLength(4);
});

function register(...steps: readonly RegisterStep[]): TransactionOperation<RegisterStep> {
  return {
    process: "p",
    input: steps,
    outcome: "ok",
    output: steps,
    invokedAt: -Infinity,
    completedAt: 1,
  };
}

test("the order of a register's values comes from each of its sources", () => {
  // T0 wrote x = 1 and y = 2; T1 read y = 2 and yet an x from before T0.
  const half = [register(["w", "x", 2], ["w", "y", 2]), register(["r", "y", 2], ["r", "x", 1])];
  const judge = (history: readonly TransactionOperation<RegisterStep>[], options: object) =>
    judgeRegisters(history, { models: ["serializable"], ...options }).anomalies.map(
      ({ type }) => type,
    );
  expect(judge(half, {})).toEqual([]);
  expect(judge([...half, register(["w", "x", 1])], {})).toEqual([]);
  const told = new Map([
    [2, 1],
    [0, 2],
  ]);
  expect(judge([...half, register(["w", "x", 1])], { transactionOrder: told })).toEqual([
    "G-single-item",
  ]);
  const follows = [register(["r", "x", 1], ["w", "x", 2], ["w", "y", 2]), half[1]!];
  expect(judge(follows, { wfrKeys: true })).toEqual(["G-single-item"]);
  const inTurn = [
    { ...register(["w", "x", 1]), process: "q" },
    { ...half[0]!, process: "q" },
    half[1]!,
  ];
  expect(judge(inTurn, {})).toEqual([]);
  expect(judge(inTurn, { sequentialKeys: true })).toEqual(["G-single-item"]);
  const timed = [
    { ...register(["w", "x", 1]), invokedAt: 0, completedAt: 1 },
    { ...half[0]!, invokedAt: 2, completedAt: 3 },
    { ...half[1]!, invokedAt: 0, completedAt: 9 },
  ];
  expect(judge(timed, {})).toEqual([]);
  expect(judge(timed, { linearizableKeys: true })).toEqual(["G-single-item"]);
  expect(
    judge([register(["w", "x", 1], ["w", "y", 1]), register(["r", "y", 1], ["r", "x", null])], {}),
  ).toEqual(["G-single-item"]);
});

test("an assumption that contradicts itself for a key is dropped for this key", () => {
  const timed = (at: number, step: RegisterStep) => ({
    ...register(step),
    invokedAt: at,
    completedAt: at + 1,
  });
  const history = [timed(0, ["w", "x", 1]), timed(2, ["w", "x", 2]), timed(4, ["r", "x", 1])];
  const options = { models: ["serializable"], linearizableKeys: true };
  const { anomalies } = judgeRegisters(history, options);
  expect(anomalies.map(({ type }) => type)).toEqual(["cyclic-versions"]);
});

test("which of two versions a predicate passed over is not guessed", () => {
  const of = (...steps: readonly PredicateStep[]): TransactionOperation<PredicateStep> => ({
    ...register(),
    input: steps,
    output: steps,
  });
  const odd = ["mod", 2, 1] as const;
  const start = of(["init", "x", 2], ["insert", "z", 1]);
  const reader = of(["rp", odd, {}], ["r", "z", null]);
  const types = (history: readonly TransactionOperation<PredicateStep>[]) =>
    judgePredicates(history, { models: ["serializable"] }).anomalies.map(({ type }) => type);
  expect(types([start, reader])).toEqual(["G-single-item"]);
  expect(types([start, of(["w", "x", 4]), reader])).toEqual([]);
  // Nor does a predicate depend on a change that it selects as before.
  const change = (value: number) => [
    of(["init", "x", 1]),
    of(["w", "x", value], ["insert", "y", 6]),
    of(["rp", odd, { x: 1 }], ["r", "y", 6]),
  ];
  expect(types(change(2))).toEqual(["G-single"]);
  expect(types(change(3))).toEqual([]);
});

test("what nobody knows the end of counts once it was seen", () => {
  const unclear: TransactionOperation<RegisterStep> = {
    ...register(),
    input: [
      ["w", "x", 1],
      ["w", "y", 1],
    ],
    outcome: "info",
    output: undefined,
    completedAt: Infinity,
  };
  const seen = [unclear, register(["r", "x", 1], ["r", "y", null])];
  expect(judgeRegisters(seen).anomalies.map(({ type }) => type)).toEqual(["G-single-item"]);
  const unseen = [unclear, register(["r", "x", null], ["r", "y", null])];
  expect(judgeRegisters(unseen).anomalies).toEqual([]);
});
