// What EDN is read as, and where it is refused.

import { type Edn, readEdn } from "@holdfast/check";
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
