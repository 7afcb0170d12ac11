// Texts about operations are short and plain, whatever a stranger's history holds.

import type { Operation } from "@holdfast/check";
import { isWellFormed } from "@holdfast/std";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  describeCount,
  describeInput,
  describeOperation,
  describeTime,
  describeValue,
  descriptionLengthMax,
  plainName,
} from "../../src/explain/describe.ts";
import { plainValue } from "../../src/report/plain_value.ts";

const operation = (input: unknown, output?: unknown): Operation => ({
  ...{ process: "ann", input, outcome: "ok", output, invokedAt: 0, completedAt: 1 },
});

test("operations read as people say them", () => {
  expect(describeOperation(operation({ f: "write", value: 1 }))).toBe("write 1");
  expect(describeOperation(operation({ f: "read" }, null))).toBe("read: null");
  expect(describeOperation(operation({ f: "cas", from: 1, to: 2 }, true))).toBe("cas 1 2: true");
  expect(describeOperation(operation({ f: "put", key: "x", value: "a b" }))).toBe('put x "a b"');
  expect(describeOperation(operation({ f: "read", value: null }, [1, 2]))).toBe("read: [1 2]");
  const asked = [["append", "x", 1] as const, ["r", "y", null] as const];
  const seen = [["append", "x", 1] as const, ["r", "y", [3, 4]] as const];
  expect(describeOperation(operation(asked, seen))).toBe("append x 1 · r y [3 4]");
  expect(describeOperation(operation({ f: "txn", value: asked }, seen))).toBe(
    "append x 1 · r y [3 4]",
  );
  expect(describeOperation({ ...operation(asked, seen), outcome: "info" })).toBe(
    "append x 1 · r y",
  );
  expect(describeOperation(operation([["r", "x", null]], [["r", "x", null]]))).toBe("r x null");
  expect(describeInput("pop")).toBe("pop");
});

test("values of all sorts", () => {
  expect(describeValue(new Map<unknown, unknown>([["a", 1n]]))).toBe("{a: 1n}");
  expect(describeValue({ a: [true, undefined], b: new Set(["x"]) })).toBe(
    "{a: [true undefined], b: [x]}",
  );
  expect(describeValue("")).toBe('""');
  expect(describeValue("say \u202e\u0007")).toBe('"say \\u202e\\u0007"');
  expect(describeTime(0.1 + 0.2)).toBe("0.3");
  expect([9999, -12345.5, 1e21].map(describeTime)).toEqual(["9999", "-12,345.5", "1e+21"]);
  expect(describeTime(Number.NEGATIVE_INFINITY)).toBe("an unknown time");
  expect([0, 999, 1000, 1234567].map(describeCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
});

const anything = fc.anything({ withBigInt: true, withMap: true, withSet: true, maxDepth: 6 });

test("no text is longer than it may be, nor steers what shows it", () => {
  fc.assert(
    fc.property(anything, fc.string({ unit: "binary", maxLength: 2_000 }), (value, text) => {
      for (const shown of [
        describeOperation(operation(value, [text, value])),
        describeOperation(operation({ f: text, value })),
        describeInput([[text, value]]),
        describeValue([value, text]),
        plainName(text),
      ]) {
        expect(shown).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
        expect(isWellFormed(shown)).toBe(true);
        // An escape is six for one.
        expect(shown.length).toBeLessThanOrEqual(6 * descriptionLengthMax + 1);
      }
    }),
  );
});

test("what nests without end, or is very long, is cut", () => {
  let nested: unknown = 1;
  for (let depth = 0; depth < 100_000; depth += 1) nested = [nested];
  expect(describeValue(nested)).toBe(`${"[".repeat(12)}…${"]".repeat(12)}`);
  const long = Array.from({ length: 1_000_000 }, (_, index) => index);
  expect(describeValue(long)).toHaveLength(descriptionLengthMax + 1);
  expect(plainValue(nested)).toBe(describeValue(nested));
  expect(plainValue(long)).toBe(describeValue(long));
});

test("values for JSON are the same where JSON can hold them, and never fail", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(plainValue(value)).toEqual(value);
    }),
  );
  fc.assert(
    fc.property(anything, (value) => {
      expect(() => JSON.stringify(plainValue(value))).not.toThrow();
    }),
  );
  expect(plainValue(new Map([["__proto__", 1]]))).toEqual(JSON.parse('{"__proto__":1}'));
  expect(plainValue([Infinity, 1n, new Set([1])])).toEqual(["Infinity", "1n", [1]]);
});
