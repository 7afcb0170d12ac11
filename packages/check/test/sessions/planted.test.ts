// Violations that are planted in histories of causal stores, and what histories do not tell.

import {
  type Guarantee,
  guarantees,
  type History,
  impliedGuarantees,
  judgeSessions,
  type RegisterStep,
  registerTransactions,
  type SessionFault,
  type TransactionOperation,
} from "@holdfast/check";
import { HoldfastError, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { readExample } from "../isolation/notation.ts";
import { causalStore, singleAccess } from "./stores.ts";

type SessionHistory = TransactionOperation<RegisterStep>[];

const of = (...lines: string[]): SessionHistory => readExample(lines);

// On keys and in sessions of their own, so that nothing else is touched.
const plantings: Readonly<Record<Guarantee, SessionHistory>> = {
  "read-your-writes": of("pa: write p 1", "pa: write p 2", "pa: read p 1"),
  "monotonic-reads": of("pa: write p 1", "pa: write p 2", "pb: read p 2", "pb: read p 1"),
  "monotonic-writes": of(
    "pa: write p 1",
    "pa: write p 2",
    "pa: write q 1",
    "pb: read q 1",
    "pb: read p 1",
  ),
  "writes-follow-reads": of(
    "pa: write p 1",
    "pb: read p 1",
    "pb: write p 2",
    "pc: read p 2",
    "pc: write q 1",
    "pd: read q 1",
    "pd: read p 1",
  ),
  causal: of(
    "pa: write p 1",
    "pb: read p 1",
    "pb: write q 1",
    "pb: write r 1",
    "pc: read r 1",
    "pc: write s 1",
    "pd: read s 1",
    "pd: read p nil",
  ),
  "causal-memory": of(
    "pa: write r 1",
    "pa: write p 1",
    "pa: write q 1",
    "pb: write p 2",
    "pb: read r nil",
    "pb: read q 1",
    "pb: read p 2",
  ),
  "causal-plus": of(
    "pa: write p 1",
    "pb: write p 2",
    "pc: read p 1",
    "pc: read p 2",
    "pd: read p 2",
    "pd: read p 1",
  ),
};

describe.each(guarantees)("%s, broken once in a long history", (guarantee) => {
  test("is found, with all that implies it, and nothing else", () => {
    for (let seed = 0; seed < 15; seed += 1) {
      const random = new SeededRandom(seed);
      // One session at each replica, so that the store keeps the strongest two.
      const store = causalStore(random, { operations: 80, sessions: 1, keys: 3 }, true);
      const planted = plantings[guarantee];
      const history: SessionHistory = [];
      for (const operation of store) {
        history.push(operation);
        const next = planted[history.filter(({ process }) => process.startsWith("p")).length];
        if (next !== undefined && seed % 2 === 0) history.push(next);
      }
      if (seed % 2 === 1) history.push(...planted);
      const { guarantees: found, faults } = judgeSessions(history, { guarantees });
      const broken = guarantees.filter((each) => found[each] === "broken");
      expect(broken).toEqual(
        guarantees.filter((each) => impliedGuarantees(each).includes(guarantee)),
      );
      for (const fault of faults) expectSound(fault, history);
      expect(new Set(faults.flatMap(({ operations }) => operations)).size).toBeGreaterThan(1);
    }
  });
});

// Each reason leads on from the one before, or begins anew where that one ended at a read.
function expectSound({ edges, operations }: SessionFault, history: SessionHistory): void {
  for (const { from, to, type } of edges) {
    expect(operations).toEqual(expect.arrayContaining([from, to]));
    const [first, second] = [history[from]!, history[to]!];
    if (type === "session") expect(first.process).toBe(second.process);
    if (type === "session") expect(from).toBeLessThanOrEqual(to);
    if (type !== "reads-from") continue;
    const wrote = first.input.filter(([kind]) => kind === "w").map(([, ...rest]) => rest.join());
    const read = (second.output ?? []).map(([, ...rest]) => rest.join());
    expect(wrote.some((each) => read.includes(each))).toBe(true);
  }
  for (const [place, { to }] of edges.slice(0, -1).entries()) {
    expect(edges[place + 1]!.from).toBe(to);
  }
}

describe("what a history does not tell", () => {
  test("is unknown where nothing could have broken it", () => {
    const { verdict, guarantees: found, unknown } = judgeSessions(of("ann: write x 1"));
    expect(verdict).toBe("unknown");
    expect(new Set(Object.values(found))).toEqual(new Set(["unknown"]));
    expect(unknown).toEqual(["nothing-to-judge"]);
    const history = of("ann: write x 1", "bob: read x 1");
    const read = judgeSessions(history, { guarantees });
    expect([read.verdict, ...read.unknown]).toEqual(["unknown", "nothing-to-judge"]);
    expect(read.guarantees.causal).toBe("holds");
    expect(read.guarantees["monotonic-reads"]).toBe("unknown");
    const { verdict: alone, guarantees: some } = judgeSessions(history);
    expect([alone, some.causal, some["causal-plus"]]).toEqual(["ok", "holds", "unknown"]);
  });

  test("is unknown where a value was written twice and read, unless something is broken", () => {
    const twice = ["ann: write x 1", "bob: write x 1"];
    expect(judgeSessions(of(...twice, "cy: read x 1")).unknown).toEqual(["duplicate-writes"]);
    expect(
      judgeSessions(of(...twice, "cy: read x 1", "cy: write y 1", "cy: read y nil")),
    ).toMatchObject({
      verdict: "violation",
      guarantees: { "read-your-writes": "broken", "monotonic-reads": "unknown" },
    });
    expect(judgeSessions(of(...twice, "cy: read y nil")).guarantees.causal).toBe("holds");
  });

  test("what nobody wrote is left aside, unless the history is complete", () => {
    const history = of("ann: read x 7", "ann: read y nil");
    expect(judgeSessions(history).verdict).toBe("ok");
    expect(judgeSessions(history, { complete: true }).verdict).toBe("violation");
  });

  test("a write of unknown outcome may come at any time, and after all before it", () => {
    const late = of("ann unclear: write x 1", "ann: write y 1", "bob: read y 1", "bob: read x nil");
    expect(judgeSessions([...late, ...of("cy: read x 1")]).faults).toEqual([]);
    const own = of("ann unclear: write x 1", "ann: read x nil", "ann: read x 1");
    expect(judgeSessions(own).faults).toEqual([]);
    const before = of(
      "ann: write y 1",
      "ann unclear: write x 1",
      "bob: read x 1",
      "bob: read y nil",
    );
    expect(judgeSessions(before).guarantees["monotonic-writes"]).toBe("broken");
    const read = of(
      "cy: write z 1",
      "ann: read z 1",
      "ann unclear: write x 1",
      "bob: read x 1",
      "bob: read z nil",
    );
    expect(judgeSessions(read).guarantees["writes-follow-reads"]).toBe("broken");
    expect(judgeSessions(of("ann unclear: write x 1", "bob: read x nil")).faults).toEqual([]);
  });

  test("a circle leaves open what lies behind it, and not what lies before", () => {
    const circle = of("ann: read x 1", "ann: write y 1", "bob: read y 1", "bob: write x 1");
    const { guarantees: found, unknown } = judgeSessions(circle, { guarantees });
    expect([found.causal, found["monotonic-reads"]]).toEqual(["broken", "unknown"]);
    expect(unknown).toEqual(["cyclic-order"]);
    const both = [...of("cy: write z 1", "cy: read z nil"), ...circle];
    expect(judgeSessions(both).guarantees["read-your-writes"]).toBe("broken");
  });

  test("who is called off, or runs out of steps, does not know", () => {
    const history = causalStore(
      new SeededRandom(1),
      { operations: 400, sessions: 6, keys: 2 },
      true,
    );
    const short = judgeSessions(history, { stepsMax: 100 });
    expect([short.verdict, short.unknown]).toEqual(["unknown", ["search-ended"]]);
    const many = Array.from({ length: 70_000 }, (_, value) => singleAccess("s", ["w", "x", value]));
    expect(judgeSessions(many, { shouldStop: () => true }).unknown).toEqual(["search-ended"]);
    expect(judgeSessions(many, { shouldStop: () => false }).unknown).toEqual(["nothing-to-judge"]);
  });

  test("names that mean nothing are refused", () => {
    expect(() => judgeSessions([], { guarantees: ["tea"] as never })).toThrow("called tea");
    expect(() => judgeSessions([], { stepsMax: -1 })).toThrow(HoldfastError);
    expect(() => judgeSessions([{ ...of("ann: read x 1")[0]!, output: 7 as never }])).toThrow(
      "operation 0 has no list of steps",
    );
  });
});

test("steps of one transaction come in order, and count one by one", () => {
  const { guarantees: found, faults } = judgeSessions(
    of("ann: write x 1; write y 1", "bob: read y 1; read x nil"),
  );
  expect(found["monotonic-writes"]).toBe("broken");
  expect(faults[0]!.edges.map(({ reason }) => reason)).toEqual([
    "T0 wrote x and then wrote y",
    "T1 read y as 1, which T0 wrote: so T0 is before T1",
    "T1 read y and then read x",
  ]);
});

test("single calls are judged as transactions of one step", () => {
  const call = (process: string, input: object, output?: unknown) => ({
    ...singleAccess(process, ["r", "x", null]),
    input,
    output,
  });
  const history: History = [
    call("ann", { f: "write", key: "x", value: 1 }),
    { ...call("ann", { f: "write", value: 5 }), outcome: "info" },
    { ...call("ann", { f: "read", key: "x" }), outcome: "fail" },
    call("ann", { f: "read", key: "x" }, 1),
    call("bob", { f: "read" }),
  ];
  const transactions = registerTransactions(history);
  expect(transactions.map(({ input }) => input[0])).toEqual([
    ["w", "x", 1],
    ["w", "register", 5],
    ["r", "x", null],
    ["r", "x", null],
    ["r", "register", null],
  ]);
  expect(transactions.map(({ output }) => output?.[0])).toEqual([
    ["w", "x", 1],
    undefined,
    undefined,
    ["r", "x", 1],
    ["r", "register", null],
  ]);
  expect(judgeSessions(transactions).faults).toEqual([]);
  for (const input of [null, {}, { f: "cas" }, { f: "write" }]) {
    expect(() => registerTransactions([{ ...history[0]!, input }])).toThrow(
      "operation 0 is no read and no write",
    );
  }
});
