// Judges of data types: what each accepts, and each thing that it rejects.

import {
  type CallOperation,
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

/** A call from `from` to `until`. */
function call(
  [from, until]: readonly [number, number],
  f: string,
  value: unknown,
  outcome: CallOperation["outcome"] = "ok",
): CallOperation {
  const isRead =
    value !== null &&
    (f === "read" || f === "dequeue" || f === "generate" || f === "drain" || f === "txn");
  return {
    process: `p${from}`,
    input: { f, value: isRead && f !== "txn" ? null : value },
    outcome,
    output: outcome === "ok" ? value : undefined,
    invokedAt: from,
    completedAt: outcome === "info" ? Number.POSITIVE_INFINITY : until,
  };
}

test("a set: acknowledged and lost, unacknowledged and there, there from nowhere", () => {
  const added = [call([0, 1], "add", 1), call([2, 3], "add", 2), call([4, 5], "add", 3, "info")];
  expect(judgeSet([...added, call([6, 7], "read", [1, 2, 3])])).toMatchObject({
    verdict: "ok",
    recovered: [3],
    lost: [],
  });
  expect(judgeSet([...added, call([6, 7], "read", [2])])).toMatchObject({
    verdict: "violation",
    lost: [1],
  });
  expect(judgeSet([...added, call([6, 7], "read", [1, 2, 9])])).toMatchObject({
    verdict: "violation",
    unexpected: [9],
  });
  // Only the last read counts.
  expect(judgeSet([call([8, 9], "read", [1, 2]), ...added, call([6, 7], "read", [])]).verdict).toBe(
    "ok",
  );
  expect(judgeSet(added).verdict).toBe("unknown");
});

test("a queue: from nowhere, twice, and out of order", () => {
  const put = [
    call([0, 1], "enqueue", "a"),
    call([2, 3], "enqueue", "b"),
    call([4, 5], "enqueue", "c", "info"),
  ];
  const inOrder = [...put, call([6, 7], "dequeue", "a"), call([8, 9], "dequeue", "b")];
  expect(judgeQueue(inOrder, { fifo: true })).toMatchObject({ verdict: "ok", finalQueue: ["c"] });
  const swapped = [...put, call([6, 7], "dequeue", "b"), call([8, 9], "dequeue", "a")];
  expect(judgeQueue(swapped).verdict).toBe("ok");
  expect(judgeQueue(swapped, { fifo: true })).toMatchObject({
    verdict: "violation",
    outOfOrder: [{ first: "a", second: "b" }],
  });
  // At the same time, either may be first: in going in, or in coming out.
  const together = [
    call([0, 3], "enqueue", "a"),
    call([2, 4], "enqueue", "b"),
    ...swapped.slice(3),
  ];
  expect(judgeQueue(together, { fifo: true }).verdict).toBe("ok");
  const out = [...put, call([6, 9], "dequeue", "b"), call([8, 9], "dequeue", "a")];
  expect(judgeQueue(out, { fifo: true }).verdict).toBe("ok");
  expect(judgeQueue([...inOrder, call([10, 11], "dequeue", "a")])).toMatchObject({
    verdict: "violation",
    unexpected: ["a"],
  });
  expect(
    judgeQueue([call([0, 1], "dequeue", "a"), call([2, 3], "enqueue", "a")]).unexpected,
  ).toEqual(["a"]);
  expect(judgeQueue([call([0, 1], "dequeue", null)]).verdict).toBe("ok");
});

test("a queue that was emptied: lost, from nowhere, again, and recovered", () => {
  const put = [
    call([0, 1], "enqueue", 1),
    call([2, 3], "enqueue", 2),
    call([4, 5], "enqueue", 3, "info"),
  ];
  expect(judgeTotalQueue([...put, call([6, 7], "drain", [1, 2, 3])])).toMatchObject({
    verdict: "ok",
    recovered: [3],
  });
  expect(judgeTotalQueue([...put, call([6, 7], "dequeue", 2)])).toMatchObject({
    verdict: "violation",
    lost: [1],
  });
  expect(judgeTotalQueue([...put, call([6, 7], "drain", [1, 1, 2, 2, 2])])).toMatchObject({
    verdict: "ok",
    duplicated: [1, 2, 2],
  });
  expect(judgeTotalQueue([...put, call([6, 7], "drain", [1, 2, 8, 8])])).toMatchObject({
    verdict: "violation",
    unexpected: [8, 8],
    duplicated: [],
  });
  expect(() => judgeTotalQueue([call([6, 7], "drain", null, "info")])).toThrow("operation 0");
});

test("ids: none is given out twice", () => {
  const ids = [
    call([0, 1], "generate", 4),
    call([2, 3], "generate", 10),
    call([4, 5], "generate", null, "info"),
  ];
  expect(judgeUniqueIds(ids)).toEqual({
    verdict: "ok",
    attemptedCount: 3,
    acknowledgedCount: 2,
    duplicatedCount: 0,
    duplicated: {},
    range: [4, 10],
  });
  expect(judgeUniqueIds([...ids, call([6, 7], "generate", 4)])).toMatchObject({
    verdict: "violation",
    duplicated: { 4: 2 },
  });
});

test("a counter: no less than was acknowledged, no more than was tried", () => {
  const adds = [
    call([0, 1], "add", 5),
    call([2, 9], "add", 3, "info"),
    call([4, 5], "add", 7, "fail"),
  ];
  expect(judgeCounter([...adds, call([10, 11], "read", 8)])).toMatchObject({
    verdict: "ok",
    reads: [[5, 8, 8]],
  });
  for (const seen of [4, 9]) {
    expect(judgeCounter([...adds, call([10, 11], "read", seen)])).toMatchObject({
      verdict: "violation",
      errors: [[5, seen, 8]],
    });
  }
  // A read that meets an add may see it or not.
  for (const seen of [0, 5])
    expect(judgeCounter([adds[0]!, call([0, 1], "read", seen)]).verdict).toBe("ok");
  expect(() => judgeCounter([call([0, 1], "add", -1)])).toThrow("only grows");
});

test("long fork: two readers never see two writes in opposite orders", () => {
  const write = (at: number, key: string) => call([at, at + 1], "txn", [["w", key, 1]]);
  const read = (at: number, x: number | null, y: number | null) =>
    call([at, at + 1], "txn", [
      ["r", "x", x],
      ["r", "y", y],
    ]);
  const writes = [write(0, "x"), write(0, "y")];
  const line = [...writes, read(2, null, null), read(2, 1, null), read(2, 1, 1), read(2, 1, null)];
  expect(judgeLongFork(line)).toMatchObject({
    verdict: "ok",
    readsCount: 4,
    earlyReadCount: 1,
    lateReadCount: 1,
  });
  expect(judgeLongFork([...line, read(2, null, 1)])).toMatchObject({
    verdict: "violation",
    forks: [
      [3, 6],
      [5, 6],
    ],
  });
  expect(judgeLongFork([...line, write(4, "x")])).toMatchObject({
    verdict: "unknown",
    unclearKeys: ["x"],
  });
  expect(judgeLongFork([...line, read(4, 2, 1)])).toMatchObject({
    verdict: "unknown",
    unclearKeys: ["x"],
  });
});

test("causal reverse: who sees a write sees what was acknowledged before it", () => {
  const writes = [
    call([0, 1], "write", 1),
    call([2, 3], "write", 2),
    call([2, 4], "write", 3, "info"),
  ];
  for (const seen of [[], [1], [1, 2], [1, 3]]) {
    expect(judgeCausalReverse([...writes, call([5, 6], "read", seen)]).verdict).toBe("ok");
  }
  expect(judgeCausalReverse([...writes, call([5, 6], "read", [2])])).toEqual({
    verdict: "violation",
    errors: [{ operation: 3, missing: [1], expectedCount: 1 }],
  });
  // At the same time, neither is before the other.
  const together = [call([0, 3], "write", 1), call([2, 4], "write", 2), call([5, 6], "read", [2])];
  expect(judgeCausalReverse(together).verdict).toBe("ok");
});

test("a bank: every read of all accounts has one sum", () => {
  const options = { accounts: ["a", "b"], totalAmount: 10 };
  const judge = (seen: object, more = {}) =>
    judgeBank([call([0, 1], "read", seen), call([2, 3], "transfer", {})], { ...options, ...more });
  expect(judge({ a: 3, b: 7 })).toMatchObject({ verdict: "ok", readCount: 1 });
  expect(judge({ a: 3, b: 8 }).errors).toMatchObject([{ type: "wrong-total", operation: 0 }]);
  expect(judge({ a: -1, b: 11 }).errors).toMatchObject([{ type: "negative-value" }]);
  expect(judge({ a: -1, b: 11 }, { negativeBalances: true }).verdict).toBe("ok");
  expect(judge({ a: 3, c: 7 }).errors).toMatchObject([{ type: "unexpected-key" }]);
  expect(judge({ a: 3, b: null }).errors).toMatchObject([{ type: "nil-balance" }]);
});

test("what is no call is refused, with its place", () => {
  const fine = call([0, 1], "add", 1);
  const refusals: readonly (readonly [(history: CallOperation[]) => unknown, object])[] = [
    [judgeSet, { ...fine, input: null }],
    [judgeSet, { ...fine, outcome: "perhaps" }],
    [judgeSet, { ...fine, invokedAt: 3 }],
    [judgeSet, call([2, 3], "add", null)],
    [judgeSet, call([2, 3], "read", "all")],
    [judgeCounter, call([2, 3], "add", "much")],
    [judgeUniqueIds, call([2, 3], "generate", [])],
    [judgeLongFork, call([2, 3], "txn", [["append", "x", 1]])],
    [(history) => judgeBank(history, { accounts: [], totalAmount: 0 }), call([2, 3], "read", 3)],
  ];
  for (const [judge, operation] of refusals) {
    const history = [
      judge === judgeLongFork ? call([0, 1], "txn", []) : fine,
      operation as CallOperation,
    ];
    expect(() => judge(history)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(() => judge(history)).toThrow("operation 1");
  }
});
