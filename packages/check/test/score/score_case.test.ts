// Small cases of our own, and what a wrong expectation of each kind comes to.

import {
  type CaseCheck,
  judgePredicates,
  predicateVocabulary,
  readCases,
  readExpectation,
  readJepsenEdn,
  scoreCase,
} from "@holdfast/check";
import { describe, expect, test } from "vitest";

const event = (index: number, value: unknown, f?: string) => ({
  index,
  process: index,
  type: "ok",
  value,
  ...(f === undefined ? {} : { f }),
});

/** The score of one check on a history of completions. */
function scoreOf(
  workload: string,
  events: readonly unknown[],
  check: object,
  rest: object = {},
): readonly [mismatches: readonly string[], isScored: boolean] {
  const text = JSON.stringify({
    cases: [{ id: "one", workload, history: events, checks: [check], ...rest }],
  });
  const [published] = readCases(text);
  const { name, mismatches, isScored } = scoreCase(published!);
  expect(name).toBe("one");
  return [mismatches, isScored];
}

const fine = [event(0, [["append", "x", 1]]), event(1, [["r", "x", [1]]])];
const serializable = { options: { consistencyModels: ["serializable"] } };

describe("a verdict", () => {
  test("is the expected one, or not", () => {
    const score = (valid: unknown) => scoreOf("list-append", fine, { ...serializable, valid });
    expect(score(true)).toEqual([[], true]);
    expect(score(false)).toEqual([["valid is true, not false"], true]);
    expect(score("unknown")).toEqual([["valid is true, not unknown"], true]);
    expect(score(null)).toEqual([[], false]);
  });

  test("that is expected of nobody, or is a known gap, is not scored", () => {
    const wrong = { ...serializable, valid: false };
    expect(scoreOf("list-append", fine, wrong, { knownGap: true })).toEqual([[], false]);
    expect(scoreOf("list-append", fine, { options: {}, valid: null })).toEqual([[], false]);
  });

  test("of what nothing judges can't be had", () => {
    expect(() => scoreOf("nothing", fine, { ...serializable, valid: true })).toThrow(
      "nothing judges the workload nothing",
    );
    expect(scoreOf("nothing", fine, { result: { valid: true } })[0]).toEqual([
      "nothing judges nothing",
    ]);
  });
});

describe("reports of one detector", () => {
  const twice = [event(10, [["append", "x", 1]]), event(13, [["r", "x", [1, 1]]])];
  const duplicate = { op: 13, mop: ["r", "x", [1, 1]] };
  const score = (reports: readonly object[], detector = "duplicates") =>
    scoreOf("list-append", twice, { detector, reports })[0];

  test("are all there, by the numbers of events, and no others", () => {
    expect(score([duplicate])).toEqual([]);
    expect(score([{ ...duplicate, op: 10 }]).join()).toContain('"op":10');
    expect(score([{ ...duplicate, mop: ["r", "x", [1]] }]).join()).toContain("is not in");
    expect(score([])).toEqual(["1 are reported, not 0"]);
    expect(score([duplicate, duplicate])).toEqual(["1 are reported, not 2"]);
  });

  test("of an unknown detector are none", () => {
    expect(score([], "nothing")).toEqual(["nothing detects nothing"]);
  });
});

test("what a judge of a data type answers is compared by its fields", () => {
  const calls = [event(0, 1, "enqueue"), event(1, 2, "dequeue")];
  const score = (result: object) => scoreOf("queue", calls, { result })[0];
  expect(score({ valid: false, unexpected: [2], "a field of theirs": 1 })).toEqual([]);
  expect(score({ valid: true })[0]).toContain('{"valid":true} is not in');
  expect(score({ unexpected: [1] })[0]).toContain('"unexpected":[2]');
});

test("things that were there before all transactions, in JSON and in EDN", () => {
  const history = [event(0, { x: 1 }, "init"), event(1, [["rp", "true", { x: 1 }]])];
  const valid = { options: {}, valid: true };
  expect(scoreOf("closed-predicate", history, valid)).toEqual([[], true]);
  const missed = [event(0, { x: 1 }, "init"), event(1, [["rp", "true", {}]])];
  expect(scoreOf("closed-predicate", missed, valid)[0].length).toBeGreaterThan(0);
  const edn = [
    "{:process 0, :type :ok, :f :init, :value {:x 1}}",
    "{:process 1, :type :ok, :f :txn, :value [[:rp :true {:x 1}]]}",
  ].join("\n");
  const judge = (text: string) => judgePredicates(readJepsenEdn(text, predicateVocabulary)).verdict;
  expect(judge(edn)).toBe("ok");
  expect(judge(edn.replace(":true {:x 1}", ":true {}"))).toBe("violation");
});

test("files of expectations that say something else are refused", () => {
  const refusal = (text: string, read: (text: string) => unknown = readCases) => {
    try {
      read(text);
    } catch (error) {
      return (error as Error).message;
    }
    return "read";
  };
  const one = (fields: object) =>
    refusal(
      JSON.stringify({ cases: [{ id: "a", workload: "set", history: [], checks: [], ...fields }] }),
    );
  expect(one({})).toBe("read");
  expect(refusal("{")).toBe("it is no JSON");
  expect(refusal("[]")).toBe("the file is no object");
  expect(refusal("{}")).toBe("cases is no list");
  expect(one({ history: 1 })).toBe("a: history is no list");
  expect(one({ workload: 1 })).toBe("a has no workload");
  expect(one({ checks: [{ valid: 1 }] })).toBe('a: valid is true, false, "unknown" or null');
  expect(one({ checks: [{ vlaid: true }] })).toBe('a: valid is true, false, "unknown" or null');
  const options = (fields: object) => one({ checks: [{ valid: true, options: fields }] });
  expect(options({ consistencyModels: 5 })).toBe("a: consistencyModels is no list");
  expect(options({ transactionOrder: null })).toBe("a: transactionOrder is no object");
  expect(options({ transactionOrder: { 0: "x" } })).toBe("a: a transactionOrder is of numbers");
  expect(one({ checks: [{ valid: true, not: [1] }] })).toBe("a: not is no list of names");
  expect(one({ checks: [{ detector: "G1a" }] })).toBe("a: reports is no list");
  expect(refusal("{}", readExpectation)).toBe("it names no file");
});

test("a large case has one check, which its file is", () => {
  const text = JSON.stringify({
    file: "a.edn",
    workload: "list-append",
    valid: false,
    not: ["PL-1"],
  });
  const check: CaseCheck = {
    type: "verdict",
    options: {},
    valid: false,
    anomalyTypes: [],
    not: ["PL-1"],
  };
  expect(readExpectation(text)).toEqual({
    file: "a.edn",
    workload: "list-append",
    isKnownGap: false,
    checks: [check],
  });
});
