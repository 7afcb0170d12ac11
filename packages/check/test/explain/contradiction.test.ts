// The smallest contradiction is one, and is as small as it says.

import {
  checkLinearizability,
  explainLinearizability,
  type History,
  type KvInput,
  type KvOutput,
  kv,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  register,
  type SequentialModel,
  type StackInput,
  type StackOutput,
  stack,
} from "@holdfast/check";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { smallestContradiction } from "../../src/explain/contradiction.ts";
import { bruteForce } from "../linearizability/brute_force.ts";
import { guessedHistory } from "../linearizability/random_history.ts";

/**
 * What was asked for up to a moment, all but `kept` let loose: reads are gone, the rest may
 * have happened at any time or never. What is kept and was answered later is open then.
 */
function letLoose(
  history: History<RegisterInput, RegisterOutput>,
  kept: readonly Operation<RegisterInput, RegisterOutput>[],
  untilAt: number,
): History<RegisterInput, RegisterOutput> {
  return history.flatMap((operation) => {
    if (operation.invokedAt > untilAt || operation.outcome === "fail") return [];
    if (kept.includes(operation)) {
      if (operation.completedAt <= untilAt) return [operation];
      return [{ ...operation, outcome: "info", output: undefined, completedAt: Infinity } as const];
    }
    if (operation.input.f === "read") return [];
    const loose = { outcome: "info", output: undefined } as const;
    return [{ ...operation, ...loose, invokedAt: -Infinity, completedAt: Infinity }];
  });
}

/** When the last of what a verdict names was answered. */
function lastAnswerOf(operations: readonly Operation[]): number {
  const answered = operations.filter(({ outcome }) => outcome === "ok");
  return Math.max(...answered.map(({ completedAt }) => completedAt));
}

function guesses(seed: number, operations: number): History<RegisterInput, RegisterOutput> {
  const random = new SeededRandom(seed);
  return guessedHistory<RegisterInput, RegisterOutput>({
    ...{ random, processes: 3, operations, infoEvery: 8, failEvery: 9 },
    input: () =>
      randomBelow(random, 2) === 0
        ? { f: "read" }
        : { f: "write", value: 1 + randomBelow(random, 2) },
    guesses: ({ f }) => (f === "read" ? [null, 1, 2] : [undefined]),
  });
}

describe("of random histories that are violations", () => {
  test("what is found contradicts itself, and any one less does not (by brute force)", () => {
    const sizes = new Map<number, number>();
    for (let seed = 0; seed < 400; seed += 1) {
      const history = guesses(seed, 7);
      const verdict = checkLinearizability(history, register());
      if (verdict.verdict !== "violation") continue;
      const untilAt = lastAnswerOf(verdict.operations);
      const found = smallestContradiction(history, register(), verdict.operations)!;
      const { operations } = found;
      expect(operations.every((operation) => history.includes(operation))).toBe(true);
      // What came after the contradiction can't mend it; where that is not all, more is needed.
      const isWhole = bruteForce(letLoose(history, history, untilAt), register());
      const until = isWhole ? Infinity : untilAt;
      expect(bruteForce(letLoose(history, operations, until), register())).toBe(false);
      expect(found.isSmallest).toBe(true);
      for (const operation of operations) {
        const fewer = operations.filter((each) => each !== operation);
        expect(bruteForce(letLoose(history, fewer, until), register())).toBe(true);
      }
      sizes.set(operations.length, (sizes.get(operations.length) ?? 0) + 1);
    }
    expect([...sizes.keys()].sort()).toEqual(expect.arrayContaining([1, 2, 3]));
  });

  test("of long ones only few operations are left", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const history = guesses(seed, 200);
      const verdict = checkLinearizability(history, register());
      if (verdict.verdict !== "violation") continue;
      const untilAt = lastAnswerOf(verdict.operations);
      const { operations } = smallestContradiction(history, register(), verdict.operations)!;
      expect(operations.length).toBeLessThan(6);
      const loose = letLoose(history, operations, untilAt);
      const { verdict: again } = checkLinearizability(loose, register());
      expect(again).toBe("violation");
    }
  });
});

test("where the suspects do not suffice, all that came after them is looked at too", () => {
  const history = inTurn<RegisterInput, RegisterOutput>(
    ["ann", { f: "write", value: 1 }],
    ["ann", { f: "write", value: 2 }],
    ["bob", { f: "read" }, 1],
  );
  const found = smallestContradiction(history, register(), [history[0]!]);
  expect(found).toEqual({ operations: history, isSmallest: true });
});

test("where an attempt can't be decided, fewer operations may do", () => {
  const pushes = Array.from({ length: 14 }, (_, value) => ["ann", { f: "push", value }] as const);
  const history = inTurn<StackInput, StackOutput>(...pushes, ["bob", { f: "pop" }, 5]);
  const found = smallestContradiction(history, stack(), [history.at(-1)!])!;
  expect(found.isSmallest).toBe(false);
  const report = explainLinearizability(history, stack(), checkLinearizability(history, stack()));
  expect(report.sentence).toMatch(/; fewer of them may do$/);
});

/** Operations one after the other, each a unit of time. */
function inTurn<Input, Output>(
  ...calls: readonly (readonly [process: string, input: Input, output?: Output])[]
): History<Input, Output> {
  return calls.map(([process, input, output], place) => ({
    ...{ process, input, outcome: "ok" as const, output },
    ...{ invokedAt: 2 * place, completedAt: 2 * place + 1 },
  }));
}

/** A register without rules, so that a search judges it. */
const searched: SequentialModel<RegisterOutput, RegisterInput, RegisterOutput> = {
  ...register(),
  name: "register",
};
delete (searched as { rules?: unknown }).rules;

describe("the report of a violation", () => {
  const history = inTurn<RegisterInput, RegisterOutput>(
    ["ann", { f: "write", value: 1 }],
    ["bob", { f: "read" }, 1],
    ["ann", { f: "write", value: 2 }],
    ["cy", { f: "read" }, 2],
    ["ann", { f: "write", value: 3 }],
    ["bob", { f: "read" }, 1],
    ["ann", { f: "write", value: 4 }],
  );

  test.each([
    ["after a search", searched],
    ["after rules", register()],
  ])("names the few that matter, how far an order goes, and why (%s)", (_, model) => {
    const report = explainLinearizability(history, model, checkLinearizability(history, model));
    expect(report.title).toBe("Not linearizable");
    // Of the writes of 2 and 3, either does.
    expect(report.findings[0]!.operations).toEqual([0, 4, 5]);
    expect(report.sentence).toBe(
      "process bob saw read: 1 (#5), which contradicts 2 others, whatever became of the remaining 4",
    );
    expect(report.orders).toEqual([
      {
        stepsLeftOut: 0,
        steps: [
          { place: 0, state: "1" },
          { place: 1, state: "1" },
          { place: 2, state: "2" },
          { place: 3, state: "2" },
          { place: 4, state: "3" },
        ],
        next: 5,
        reasons: [
          "after these the state is 3, and there #5 read: 1 is impossible",
          "there it can be answered 3",
          "it would have fitted the state 1, which lasted until #2 write 2",
          "but that was over before #5 was asked for",
        ],
      },
    ]);
    expect(report.operations.map(({ place }) => place)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(report.facts).toEqual([
      ["model", "register"],
      ["operations", "7"],
      ["processes", "3"],
      ["ok", "7"],
      ["failed", "0"],
      ["of unknown outcome", "0"],
    ]);
  });

  test("of an object in parts tells of the broken ones, the first found first", () => {
    const parts = inTurn<KvInput, KvOutput>(
      ["ann", { f: "put", key: "x", value: "1" }],
      ["ann", { f: "put", key: "y", value: "1" }],
      ["bob", { f: "get", key: "x" }, ""],
      ["bob", { f: "get", key: "y" }, ""],
      ["bob", { f: "get", key: "z" }, ""],
    );
    const report = explainLinearizability(parts, kv(), checkLinearizability(parts, kv()));
    expect(report.facts).toContainEqual(["part", "x"]);
    // Other parts have nothing to do with it.
    expect(report.sentence).toBe(
      'process bob saw get x: "" (#2), which contradicts one other operation',
    );
    expect(report.findings.map(({ title, operations }) => [title, operations])).toEqual([
      ["What contradicts itself", [0, 2]],
      ["Part y is broken too", [3]],
    ]);
  });

  test("of a long order the last steps are shown, with the states that they lead to", () => {
    const long = inTurn<RegisterInput, RegisterOutput>(
      ...Array.from({ length: 500 }, (_, at) => {
        return ["ann", { f: "write", value: at % 7 }] as const;
      }),
      ["bob", { f: "read" }, 9],
    );
    const [order] = explainLinearizability(
      long,
      searched,
      checkLinearizability(long, searched),
    ).orders;
    expect(order).toMatchObject({ stepsLeftOut: 300, next: 500 });
    expect(order!.steps).toEqual(
      Array.from({ length: 200 }, (_, at) => ({
        place: 300 + at,
        state: String((300 + at) % 7),
      })),
    );
  });

  test("an order that the object allows is shown, and what could not be decided is said", () => {
    const good = history.slice(0, 5);
    const report = explainLinearizability(good, searched, checkLinearizability(good, searched));
    expect(report).toMatchObject({ verdict: "ok", title: "Linearizable", findings: [] });
    expect(report.orders[0]).toMatchObject({ next: null, reasons: [] });
    expect(report.orders[0]!.steps.at(-1)).toEqual({ place: 4, state: "3" });
    const options = { stepsMax: 0 };
    const stopped = checkLinearizability(history, searched, options);
    expect(explainLinearizability(history, searched, stopped)).toMatchObject({
      verdict: "unknown",
      title: "Not decided",
      sentence: "the budget of steps was used up before it was known",
      orders: [],
    });
  });

  test("what nobody can have seen is impossible alone", () => {
    const one = inTurn<RegisterInput, RegisterOutput>(
      ["ann", { f: "write", value: 1 }],
      ["bob", { f: "read" }, 7],
    );
    const report = explainLinearizability(one, searched, checkLinearizability(one, searched));
    expect(report.sentence).toBe(
      "process bob saw read: 7 (#1), which is impossible, whatever became of the remaining 1",
    );
    expect(report.orders[0]!.reasons.at(-1)).toBe("#1 fits no state of this order");
  });
});
