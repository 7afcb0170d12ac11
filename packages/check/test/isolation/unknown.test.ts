// What the judges answer where they can't know, and what they refuse.

import {
  type IsolationOptions,
  judgeLists,
  judgePredicates,
  judgeRegisters,
  type ListStep,
  modelNamed,
  type TransactionOperation,
} from "@holdfast/check";
import { SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { questionOf, verdictOf } from "../../src/isolation/verdict.ts";
import { snapshotStore } from "./stores.ts";

function done(...steps: readonly ListStep[]): TransactionOperation<ListStep> {
  return {
    process: "p",
    input: steps,
    outcome: "ok",
    output: steps,
    invokedAt: -Infinity,
    completedAt: 1,
  };
}

const skew = [done(["r", "x", []], ["append", "y", 1]), done(["r", "y", []], ["append", "x", 1])];

test("where nothing depends on anything, nobody knows", () => {
  expect(judgeLists([])).toMatchObject({
    verdict: "unknown",
    unknown: ["empty-transaction-graph"],
  });
  expect(judgeLists([done(["append", "x", 1])]).verdict).toBe("unknown");
  const nothing = [{ ...done(["append", "x", 1]), outcome: "fail" as const }, done(["r", "x", []])];
  expect(judgeLists(nothing).verdict).toBe("unknown");
  expect(judgeLists([done(["append", "x", 1]), done(["r", "x", [1]])]).verdict).toBe("ok");
});

test("where one value was appended twice, nobody knows who wrote it", () => {
  const twice = [done(["append", "x", 1]), done(["append", "x", 1]), done(["r", "x", [1]])];
  expect(judgeLists(twice).unknown).toContain("duplicate-writes");
  expect(judgeLists(twice).verdict).toBe("unknown");
  const again = [
    { ...done(["append", "x", 1]), outcome: "fail" as const },
    done(["append", "x", 1]),
    done(["r", "x", [1]]),
  ];
  expect(judgeLists(again)).toMatchObject({ verdict: "ok", unknown: [] });
});

test("a search that is called off says what it did not decide, and accuses nobody", () => {
  const judged = judgeLists(skew, { models: ["serializable"], stepsMax: 0 });
  expect(judged).toMatchObject({ verdict: "unknown", unknown: ["search-ended"], anomalies: [] });
  expect(judged.undecided).toContain("G2-item");
  expect(judgeLists(skew, { models: ["serializable"] }).verdict).toBe("violation");
  const history = snapshotStore(
    new SeededRandom(5),
    { transactions: 20_000, processes: 50, keys: 9 },
    false,
  );
  let asked = 0;
  const stopped = judgeLists(history, {
    shouldStop: () => {
      asked += 1;
      return asked > 1;
    },
  });
  expect(asked).toBe(2);
  expect(stopped.unknown).toContain("search-ended");
});

test("what was found beside what was asked for is said, and rules out", () => {
  const judged = judgeLists(skew, { models: ["snapshot-isolation"] });
  expect(judged.verdict).toBe("ok");
  expect(judged.allowed.map(({ type, name }) => [type, name])).toEqual([["G2-item", "write skew"]]);
  expect(judged.weakestRuledOut).toEqual(["repeatable-read"]);
  expect(judged.mayHold).toContain("snapshot-isolation");
  expect(judged.mayHold).not.toContain("serializable");
});

test("what a found anomaly implies is not left undecided", () => {
  const [skewed] = judgeLists(skew, { models: ["serializable"] }).anomalies;
  const verdict = verdictOf(questionOf({ models: ["strict-serializable"] }), {
    anomalies: [skewed!],
    unknown: new Set(),
    undecided: new Set(["G2-item-realtime", "G-single-item"]),
  });
  expect(verdict).toMatchObject({ verdict: "violation", undecided: ["G-single-item"] });
});

describe("what is no history is refused, with its place", () => {
  const judge =
    (operation: object, options: IsolationOptions = {}) =>
    () =>
      judgeLists([done(["append", "x", 1]), operation as TransactionOperation<ListStep>], options);
  const refusals: readonly (readonly [string, object, string])[] = [
    ["no operation", null as never, "operation 1 is no operation"],
    [
      "an outcome",
      { ...done(), outcome: "maybe" },
      "operation 1: the outcome is ok, fail or info, not maybe",
    ],
    ["a process", { ...done(), process: null }, "operation 1, process: a text"],
    [
      "times",
      { ...done(), invokedAt: 2, completedAt: 1 },
      "operation 1: asked for at 2 and answered at 1",
    ],
    ["no time", { ...done(), invokedAt: Number.NaN }, "operation 1: asked for at NaN"],
    ["no steps", { ...done(), output: undefined }, "operation 1 has no list of steps"],
    ["a step", { ...done(), output: ["r"] }, "operation 1, step 0 is no step"],
    [
      "a step's name",
      { ...done(), output: [["w", "x", 1]] },
      "operation 1, step 0: a step is append or r, not w",
    ],
    [
      "a key",
      { ...done(), output: [["r", null, []]] },
      "operation 1, step 0: a text, a number or a boolean",
    ],
    [
      "a boolean key",
      { ...done(), output: [["r", true, []]] },
      "operation 1, step 0: the key is a boolean",
    ],
    ["a list", { ...done(), output: [["r", "x", 1]] }, "operation 1, step 0: a read saw no list"],
    ["a value", { ...done(), output: [["append", "x", {}]] }, "operation 1, step 0: a text"],
    [
      "a value in a list",
      { ...done(), output: [["r", "y", [1, null]]] },
      "operation 1, step 0: a text",
    ],
  ];
  test.each(refusals)("%s", (_, operation, sentence) => {
    expect(judge(operation)).toThrow(sentence);
    expect(judge(operation)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
  test("what is too large", () => {
    const large = expect.objectContaining({ code: "too_large" });
    const steps = Array.from({ length: 65_537 }, (): ListStep => ["append", "x", 2]);
    expect(judge(done(...steps))).toThrow(large);
    expect(judge(done(["append", "x".repeat(65_537), 1]))).toThrow(large);
    expect(judge(done(["r", "x", new Array(1_000_001).fill(1)]))).toThrow(large);
  });
  test("options that mean nothing", () => {
    const refused = expect.objectContaining({ code: "invalid_argument" });
    expect(judge(done(), { models: ["excellent"] })).toThrow(refused);
    expect(judge(done(), { anomalies: ["G7" as never] })).toThrow(refused);
    expect(judge(done(), { stepsMax: Number.NaN })).toThrow(refused);
    expect(() => modelNamed("constructor")).toThrow(refused);
    expect(modelNamed("PL-3")).toBe("serializable");
  });
  test("steps of registers and predicates", () => {
    const refused = expect.objectContaining({ code: "invalid_argument" });
    for (const step of [["append", "x", 1], ["w", "x", null], ["w", "x", Number.NaN], 7]) {
      expect(() => judgeRegisters([{ ...done(), output: [step] } as never])).toThrow(refused);
    }
    for (const step of [
      ["w", "x", null],
      ["rp", "some", {}],
      ["rp", ["mod", 0, 0], {}],
      ["rp", "true", { x: null }],
      ["insert", null, 1],
      ["pop", "x"],
      7,
    ]) {
      expect(() => judgePredicates([{ ...done(), output: [step] } as never])).toThrow(refused);
    }
  });
});
