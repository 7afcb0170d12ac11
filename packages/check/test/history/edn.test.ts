// What EDN is read as, and where it is refused.

import { type Edn, eventOfEdn, operationsOfEvents, readEdn } from "@holdfast/check";
import { isHoldfastError } from "@holdfast/std";
import fc from "fast-check";
import { expect, test } from "vitest";

const readings: readonly (readonly [string, Edn[]])[] = [
  ["nil true false", [null, true, false]],
  ["0 12 -7 +3 1.5 -2e3 7N 1.25M", [0, 12, -7, 3, 1.5, -2000, 7, 1.25]],
  ["##Inf ##-Inf", [Infinity, -Infinity]],
  [':a :b/c sym +x "te\\"x\\tt\\u0041"', ["a", "b/c", "sym", "+x", 'te"x\ttA']],
  ["\\a \\newline \\u0041 \\( \\space", ["a", "\n", "A", "(", " "]],
  ["[1 [2] (3)] #{4 5} ()", [[1, [2], [3]], [4, 5], []]],
  [
    "{:a 1, 2 [3]}",
    [
      new Map<Edn, Edn>([
        ["a", 1],
        [2, [3]],
      ]),
    ],
  ],
  ['; all of this\n1 #_2 #_[3 4] 5 #inst "2020" #a/b {}', [1, 5, "2020", new Map()]],
  [" , \n", []],
];

test.each(readings)("reads %s", (text, values) => {
  expect(readEdn(text)).toEqual(values);
});

const refusals: readonly (readonly [string, string, string])[] = [
  ["[1\n 2", "truncated", "line 2, column 3"],
  ['"abc', "truncated", "line 1"],
  ["#_", "truncated", "line 1"],
  ["#tag", "truncated", "line 1"],
  ["1 ]", "corrupt", "line 1, column 3: ] closes nothing"],
  ["{:a}", "corrupt", "line 1, column 1: a map with a key without a value"],
  ["1x", "corrupt", "1x is no number"],
  ["##NaN", "corrupt", "##NaN is no number"],
  [": ", "corrupt", "a keyword without a name"],
  ['"\\q"', "corrupt", "an unknown escape"],
  ["\\foo", "corrupt", "\\foo is no character"],
  ["#<1>", "corrupt", "# begins nothing"],
  ["9007199254740993", "too_large", "the number 9007199254740993"],
  ["[".repeat(300), "too_large", "line 1, column 258"],
];

test.each(refusals)("refuses %s as %s", (text, code, sentence) => {
  expect(() => readEdn(text)).toThrow(expect.objectContaining({ code }));
  expect(() => readEdn(text)).toThrow(sentence);
});

test("any text is read, or refused with a code", () => {
  const piece = fc.constantFrom(
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    '"',
    "\\",
    "#",
    "#_",
    "#{",
    ":",
    ";",
    "\n",
    " ",
    "1",
    "a",
    "nil",
    "u00",
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 12 }).map((parts) => parts.join("")),
  );
  let read = 0;
  fc.assert(
    fc.property(texts, (text) => {
      try {
        readEdn(text);
        read += 1;
      } catch (error) {
        if (!isHoldfastError(error, "corrupt", "truncated", "too_large")) throw error;
      }
    }),
    { numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(100);
});

test("pairs events: answered, failed, unclear, never answered, and with no beginning", () => {
  const events = readEdn(`
    {:type :invoke, :f :txn, :process 0, :value [[:r :x nil]], :index 10}
    {:type :info, :process :nemesis, :value :start}
    {:type :invoke, :process 1, :value 1} {:type :invoke, :process 2, :value 2}
    {:type :ok, :f :txn, :process 0, :value [[:r :x [1]]], :index 13}
    {:type :fail, :process 1, :value 1} {:type :info, :process 2, :value 2}
    {:type :invoke, :process 0, :value 3} {:type :ok, :process 5, :value 4}`).map(eventOfEdn);
  const operations = operationsOfEvents(events);
  expect(
    operations.map(({ process, outcome, invokedAt, completedAt }) => [
      process,
      outcome,
      invokedAt,
      completedAt,
    ]),
  ).toEqual([
    ["0", "ok", 0, 4],
    ["1", "fail", 2, 5],
    ["2", "info", 3, Infinity],
    ["0", "info", 7, Infinity],
    ["5", "ok", -Infinity, 8],
  ]);
  expect(operations[0]).toMatchObject({
    f: "txn",
    output: [["r", "x", [1]]],
    invokeIndex: 10,
    completionIndex: 13,
  });
  expect(operations[3]).toMatchObject({ input: 3, output: undefined, completionIndex: -1 });
});

test("refuses events that are none, with their place", () => {
  const twice = { process: 0, type: "invoke", value: null };
  expect(() => operationsOfEvents([twice, twice])).toThrow("event 1: process 0 waits");
  expect(() => operationsOfEvents([{ ...twice, type: "perhaps" }])).toThrow("event 0");
  for (const text of ["1", "{:type :ok}", "{:process 1}"]) {
    expect(() => readEdn(text).map(eventOfEdn)).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  }
});
