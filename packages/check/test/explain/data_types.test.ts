// The reports on data types: each thing that a judge finds is said, with the operations
// that show it, and nothing else.

import {
  type CallOperation,
  type DataJudgement,
  explainDataType,
  judgeBank,
  judgeCausalReverse,
  judgeCounter,
  judgeLongFork,
  judgeQueue,
  judgeSet,
  judgeTotalQueue,
  judgeUniqueIds,
} from "@holdfast/check";
import { expect, test } from "vitest";

/** A call of one unit of time: of what is asked for where `value` is no answer. */
function call(at: number, f: string, value: unknown): CallOperation {
  const isAnswer = ["read", "dequeue", "drain", "generate"].includes(f);
  return {
    process: `p${at}`,
    input: { f, value: isAnswer ? null : value },
    outcome: "ok",
    output: f === "txn" || isAnswer ? value : undefined,
    invokedAt: 2 * at,
    completedAt: 2 * at + 1,
  };
}

const calls = (...all: readonly (readonly [string, unknown])[]) =>
  all.map(([f, value], at) => call(at, f, value));

/** Titles, sentences and operations of what was found. */
function found(history: readonly CallOperation[], judgement: DataJudgement): unknown[] {
  const report = explainDataType(history, judgement);
  expect(report.verdict).toBe(judgement.verdict.verdict);
  return report.findings.map(({ title, sentence, operations }) => [title, sentence, operations]);
}

test("a set that lost, and that has what nobody added", () => {
  const history = calls(["add", 1], ["add", 2], ["read", [1, 2]], ["read", [2, 9]]);
  expect(found(history, { type: "set", verdict: judgeSet(history) })).toEqual([
    ["lost", "1 was added and acknowledged, and missing in the last read", [0, 3]],
    ["from nowhere", "9 was read, though nobody added such a thing", [3]],
  ]);
});

test("a queue that lost, made up, and gave twice", () => {
  const history = calls(
    ["enqueue", "a"],
    ["enqueue", "b"],
    ["enqueue", "c"],
    ["dequeue", "b"],
    ["dequeue", "b"],
    ["drain", ["c", "z"]],
  );
  const report = explainDataType(history, {
    type: "total-queue",
    verdict: judgeTotalQueue(history),
  });
  expect(report.findings).toMatchObject([
    { title: "lost", operations: [0], isAllowed: false },
    { title: "from nowhere", operations: [5], isAllowed: false },
    { title: "twice", operations: [1, 3, 4], isAllowed: true },
  ]);
  expect(report.sentence).toBe(
    "a was put in and acknowledged, and never came out; 2 findings in all",
  );
});

test("a queue out of order", () => {
  const history = calls(["enqueue", 1], ["enqueue", 2], ["dequeue", 2], ["dequeue", 1]);
  const verdict = judgeQueue(history, { fifo: true });
  expect(found(history, { type: "fifo-queue", verdict })).toEqual([
    [
      "out of order",
      "1 was in before 2 was put in, yet 2 came out before 1 was begun to be taken",
      [0, 1, 2, 3],
    ],
  ]);
  const unexpected = calls(["enqueue", 1], ["dequeue", 7]);
  expect(found(unexpected, { type: "queue", verdict: judgeQueue(unexpected) })).toEqual([
    ["from nowhere", "7 was taken out without having been put in, or more often", [1]],
  ]);
});

test("ids that were given out twice", () => {
  const history = calls(["generate", 4], ["read", 4], ["generate", 4]);
  expect(found(history, { type: "unique-ids", verdict: judgeUniqueIds(history) })).toEqual([
    ["given out twice", "4 was given out 2 times", [0, 2]],
  ]);
});

test("a counter that was read too low, and too high", () => {
  const history = calls(["add", 2], ["read", 2], ["read", 1], ["read", 7]);
  expect(found(history, { type: "counter", verdict: judgeCounter(history) })).toEqual([
    ["too low", "#2 saw 1, and what was added by then is between 2 and 2", [2]],
    ["too high", "#3 saw 7, and what was added by then is between 2 and 2", [3]],
  ]);
});

test("readers who saw time fork", () => {
  const history = calls(
    ["txn", [["w", "x", 1]]],
    ["txn", [["w", "y", 1]]],
    [
      "txn",
      [
        ["r", "x", 1],
        ["r", "y", null],
      ],
    ],
    [
      "txn",
      [
        ["r", "x", null],
        ["r", "y", 1],
      ],
    ],
  );
  expect(found(history, { type: "long-fork", verdict: judgeLongFork(history) })).toEqual([
    ["long fork", "#2 and #3 each saw a write that the other missed", [2, 3]],
  ]);
  const twice = calls(["txn", [["w", "x", 1]]], ["txn", [["w", "x", 2]]]);
  const report = explainDataType(twice, { type: "long-fork", verdict: judgeLongFork(twice) });
  expect(report.sentence).toBe("a key was written more than once, or had two values");
});

test("a read that saw a write, and not what came before it", () => {
  const history = calls(["write", 1], ["write", 2], ["read", [2]]);
  const verdict = judgeCausalReverse(history);
  expect(found(history, { type: "causal-reverse", verdict })).toEqual([
    ["causal reverse", "#2 saw a write, and not 1, acknowledged before it began", [0, 2]],
  ]);
});

test("a bank whose money does not add up", () => {
  const history = calls(["read", { a: 5, b: 5 }], ["read", { a: 5, b: 6 }]);
  const verdict = judgeBank(history, { accounts: ["a", "b"], totalAmount: 10 });
  expect(found(history, { type: "bank", verdict })).toEqual([
    ["wrong-total", "#1: the accounts hold 11, not 10", [1]],
  ]);
});

test("of very many findings a report carries some, and says how many more there are", () => {
  const history = Array.from({ length: 5_000 }, (_, at) => call(at, "generate", at >> 1));
  const report = explainDataType(history, {
    type: "unique-ids",
    verdict: judgeUniqueIds(history),
  });
  expect(report.findings.length + report.findingsLeftOut).toBe(2_500);
  expect(report.findings).toHaveLength(200);
  expect(report.sentence).toContain("2,500 findings in all");
});

test("nothing wrong, and nothing to judge by", () => {
  const set = calls(["add", 1]);
  expect(explainDataType(set, { type: "set", verdict: judgeSet(set) })).toMatchObject({
    verdict: "unknown",
    title: "Not decided",
    sentence: "nobody read the set at the end",
    findings: [],
  });
  const read = calls(["add", 1], ["read", [1]]);
  expect(explainDataType(read, { type: "set", verdict: judgeSet(read) })).toMatchObject({
    verdict: "ok",
    title: "Nothing wrong",
    findings: [],
  });
});
