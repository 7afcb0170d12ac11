// What the judge does around its search: budgets, parts, refusals, many processes.

import {
  type CasRegisterInput,
  type CasRegisterOutput,
  casRegister,
  checkLinearizability,
  type History,
  HistoryBuilder,
  type KvInput,
  type KvOutput,
  kv,
  type MultiRegisterInput,
  type MultiRegisterOutput,
  multiRegister,
  type QueueInput,
  type QueueOutput,
  queue,
  type RegisterInput,
  type RegisterOutput,
  register,
  type Scalar,
  type SequentialModel,
  type StackInput,
  type StackOutput,
  stack,
} from "@holdfast/check";
import { SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { explainOrder } from "./brute_force.ts";
import { operation } from "./random_history.ts";

/** `writers` that write at once, and then a read. */
function crowd(writers: number, found: number | null): History<RegisterInput, RegisterOutput> {
  const builder = new HistoryBuilder<RegisterInput, RegisterOutput>();
  for (let index = 0; index < writers; index += 1) {
    builder.invoke(`w${index}`, { f: "write", value: index });
  }
  for (let index = 0; index < writers; index += 1) builder.ok(`w${index}`, undefined);
  builder.invoke("reader", { f: "read" });
  builder.ok("reader", found);
  return builder.build();
}

/** `count` that push at once, and then one that finds what nobody pushed. */
function pushes(count: number): History<StackInput, StackOutput> {
  const builder = new HistoryBuilder<StackInput, StackOutput>();
  for (let index = 0; index < count; index += 1) {
    builder.invoke(`w${index}`, { f: "push", value: index });
  }
  for (let index = 0; index < count; index += 1) builder.ok(`w${index}`, undefined);
  builder.invoke("reader", { f: "pop" });
  builder.ok("reader", -1);
  return builder.build();
}

describe("budget", () => {
  test("answers unknown when its steps are used up, and what it knows before", () => {
    const limited = (stepsMax: number) =>
      checkLinearizability(pushes(6), stack(), { stepsMax, method: "search" });
    expect(limited(1_000)).toEqual({ verdict: "unknown", reason: "steps", partition: null });
    expect(limited(0)).toEqual({ verdict: "unknown", reason: "steps", partition: null });
    expect(limited(100_000).verdict).toBe("violation");
  });

  test("asks now and then whether to stop", () => {
    let questions = 0;
    const shouldStop = () => {
      questions += 1;
      return questions > 3;
    };
    expect(checkLinearizability(pushes(7), stack(), { shouldStop })).toEqual({
      verdict: "unknown",
      reason: "stopped",
      partition: null,
    });
    expect(questions).toBe(4);
  });

  test("exactly as many steps as it needs are enough", () => {
    const history = pushes(3);
    let enough = 1;
    const verdictOf = (stepsMax: number) =>
      checkLinearizability(history, stack(), { stepsMax }).verdict;
    while (verdictOf(enough) === "unknown") enough += 1;
    expect(verdictOf(enough)).toBe("violation");
    expect(enough).toBeGreaterThan(4);
    expect(enough).toBeLessThan(100);
  });

  test("refuses a budget that is no number", () => {
    expect(() => checkLinearizability([], register(), { stepsMax: Number.NaN })).toThrow(
      "stepsMax",
    );
  });
});

describe("parts", () => {
  const builder = new HistoryBuilder<KvInput, KvOutput>();
  for (let index = 0; index < 10; index += 1) {
    builder.invoke(`w${index}`, { f: "append", key: "busy", value: String(index) });
  }
  for (let index = 0; index < 10; index += 1) builder.ok(`w${index}`, undefined);
  builder.invoke("ann", { f: "get", key: "busy" });
  builder.ok("ann", "?");
  const busy = builder.build();
  builder.invoke("ann", { f: "get", key: "other" });
  builder.ok("ann", "!");

  test("a part that is not decided does not hide another's violation", () => {
    const options = { method: "search", stepsMax: 500 } as const;
    const verdict = checkLinearizability(busy, kv(), options);
    expect(verdict).toEqual({ verdict: "unknown", reason: "steps", partition: "busy" });
    const other = operation<KvInput, KvOutput>({ f: "get", key: "other" }, "ok", {
      output: "!",
      times: [100, 101],
    });
    for (const history of [
      [other, ...busy],
      [...busy, other],
    ]) {
      expect(checkLinearizability(history, kv(), options)).toMatchObject({
        verdict: "violation",
        partition: "other",
        operations: [other],
      });
    }
  });

  test("their orders are merged into one", () => {
    const merged = new HistoryBuilder<KvInput, KvOutput>();
    merged.invoke("ann", { f: "put", key: "x", value: "1" });
    merged.invoke("bob", { f: "put", key: "y", value: "2" });
    merged.ok("bob", undefined);
    merged.invoke("bob", { f: "get", key: "x" });
    merged.ok("bob", "1");
    merged.invoke("bob", { f: "get", key: "y" });
    merged.ok("bob", "2");
    merged.ok("ann", undefined);
    const history = merged.build();
    const verdict = checkLinearizability(history, kv());
    if (verdict.verdict !== "ok") throw new Error(verdict.verdict);
    expect(verdict.order!.length).toBe(4);
    expect(explainOrder(history, verdict.order!, kv())).toBe("");
  });
});

describe("many at once", () => {
  test("of 100 processes, more than fit one word", () => {
    const history = crowd(100, 57);
    const verdict = checkLinearizability(history, register(), { method: "search" });
    if (verdict.verdict !== "ok") throw new Error(verdict.verdict);
    expect(explainOrder(history, verdict.order!, register())).toBe("");
  });

  test("which of many writes came last is decided when somebody reads it", () => {
    const options = { method: "search", stepsMax: 10_000 } as const;
    for (const found of [0, 30, 59]) {
      const history = crowd(60, found);
      const verdict = checkLinearizability(history, register(), options);
      if (verdict.verdict !== "ok") throw new Error(verdict.verdict);
      expect(explainOrder(history, verdict.order!, register())).toBe("");
    }
    expect(checkLinearizability(crowd(60, 60), register(), options).verdict).toBe("violation");
  });

  test("of 40 readers and a writer of what one of them must not have seen", () => {
    const builder = new HistoryBuilder<RegisterInput, RegisterOutput>();
    builder.invoke("writer", { f: "write", value: 1 });
    for (let index = 0; index < 40; index += 1) builder.invoke(`r${index}`, { f: "read" });
    for (let index = 0; index < 40; index += 1) builder.ok(`r${index}`, index % 2 === 0 ? null : 1);
    const good = builder.build();
    expect(checkLinearizability(good, register(), { method: "search" }).verdict).toBe("ok");
    builder.invoke("r0", { f: "read" });
    builder.ok("r0", null);
    const bad = checkLinearizability(builder.build(), register(), { method: "search" });
    expect(bad.verdict).toBe("violation");
  });

  test("200 operations of unknown outcome that ask for the same count as one sort", () => {
    const builder = new HistoryBuilder<CasRegisterInput, CasRegisterOutput>();
    for (let index = 0; index < 200; index += 1) {
      builder.invoke(`w${index}`, { f: "write", value: index % 2 });
    }
    for (let index = 0; index < 60; index += 1) {
      builder.invoke("reader", { f: "read" });
      builder.ok("reader", index % 2);
    }
    const good = builder.build();
    const verdict = checkLinearizability(good, casRegister(), {
      method: "search",
      stepsMax: 1_000,
    });
    if (verdict.verdict !== "ok") throw new Error(verdict.verdict);
    expect(verdict.order!.length).toBe(120);
    expect(explainOrder(good, verdict.order!, casRegister())).toBe("");
    builder.invoke("reader", { f: "read" });
    builder.ok("reader", 2);
    const bad = checkLinearizability(builder.build(), casRegister(), { stepsMax: 1_000 });
    expect(bad.verdict).toBe("violation");
  });

  test("a queue of 20,000 operations is judged without search", () => {
    const builder = new HistoryBuilder<QueueInput, QueueOutput>();
    const random = new SeededRandom(1);
    let put = 0;
    let taken = 0;
    while (put + taken < 20_000) {
      if (put === taken || random.next() < 0.5) {
        builder.invoke(`p${put % 7}`, { f: "enqueue", value: put });
        builder.ok(`p${put % 7}`, undefined);
        put += 1;
      } else {
        builder.invoke("taker", { f: "dequeue" });
        builder.ok("taker", taken);
        taken += 1;
      }
    }
    const good = builder.build();
    expect(checkLinearizability(good, queue(), { stepsMax: 0 })).toEqual({
      verdict: "ok",
      order: null,
    });
    builder.invoke("taker", { f: "dequeue" });
    builder.ok("taker", null);
    const bad = checkLinearizability([...builder.build()], queue(), { stepsMax: 0 });
    expect(bad.verdict).toBe(put === taken ? "ok" : "violation");
  });
});

describe("refusals", () => {
  test("an operation that ends before it begins", () => {
    const wrong = operation<RegisterInput, RegisterOutput>({ f: "read" }, "ok", { times: [3, 2] });
    expect(() => checkLinearizability([wrong], register())).toThrow("ends before it begins");
  });

  test("a model whose reads change the state", () => {
    const model: SequentialModel<number, "tick", undefined> = {
      name: "liar",
      init: () => 0,
      step: (state) => [state + 1],
      key: String,
      isRead: () => true,
    };
    const tick = operation<"tick", undefined>("tick", "ok", { times: [0, 1] });
    expect(() => checkLinearizability([tick], model)).toThrow("liar calls an operation a read");
  });
});

test("answers and calls of the same time are concurrent; an empty history is linearizable", () => {
  const write = operation<RegisterInput, RegisterOutput>({ f: "write", value: 1 }, "ok", {
    times: [0, 5],
  });
  const read = (times: readonly [number, number]) =>
    operation<RegisterInput, RegisterOutput>({ f: "read" }, "ok", { output: null, times });
  for (const method of ["best", "search"] as const) {
    const judge = (history: History<RegisterInput, RegisterOutput>) =>
      checkLinearizability(history, register(), { method });
    expect(judge([write, read([5, 6])]).verdict).toBe("ok");
    expect(judge([write, read([6, 7])]).verdict).toBe("violation");
    expect(judge([])).toEqual({ verdict: "ok", order: [] });
  }
});

test("what a read of two registers ties together is tried before an answer", () => {
  const at = (input: MultiRegisterInput, times: readonly [number, number], output?: Scalar[]) =>
    operation<MultiRegisterInput, MultiRegisterOutput>(input, "ok", { output, times });
  const both: MultiRegisterInput = [
    ["r", "x"],
    ["r", "y"],
  ];
  // The write of y is answered first, and comes last.
  const history = [
    at([["w", "x", 1]], [0, 10]),
    at(both, [1, 9], [1, null]),
    at([["w", "y", 1]], [2, 5]),
  ];
  expect(checkLinearizability(history, multiRegister()).verdict).toBe("ok");
});

test("inputs that can't be compared are judged all the same", () => {
  const model: SequentialModel<number, { readonly by: () => number }, number> = {
    name: "calls",
    init: () => 0,
    step: (state, { by }, output) =>
      output === undefined || output === state + by() ? [state + by()] : [],
    key: String,
  };
  const builder = new HistoryBuilder<{ readonly by: () => number }, number>();
  builder.invoke("ann", { by: () => 1 });
  builder.invoke("bob", { by: () => 2 });
  builder.ok("ann", 3);
  builder.ok("bob", 2);
  expect(checkLinearizability(builder.build(), model).verdict).toBe("ok");
  builder.invoke("ann", { by: () => 1 });
  builder.ok("ann", 3);
  expect(checkLinearizability(builder.build(), model).verdict).toBe("violation");
});
