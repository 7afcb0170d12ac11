// ValueLog against plain arrays.

import type { Value } from "@holdfast/doc";
import { encodeValue } from "@holdfast/doc";
import { concatBytes, isHoldfastError } from "@holdfast/std";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ValueLog } from "../src/content/value_log.ts";

const values: fc.Arbitrary<Value[]> = fc.array(
  fc.constantFrom<Value>(null, 1, "two", [3, [4]], { five: -0 }, new Uint8Array(40)),
  { maxLength: 12 },
);

function expectHolds(log: ValueLog, model: readonly Value[]): void {
  const found = Array.from({ length: log.length }, (_, at) => log.value(log.start + at));
  expect(found).toEqual(model);
  expect(log.size).toBe(log.start + model.length);
  expect(log.bytes()).toEqual(concatBytes(model.map(encodeValue)));
  expect(log.sizeBytes()).toBe(log.bytes().length);
}

test("a log holds what an array does, whatever is cut off, added, and shared", () => {
  fc.assert(
    fc.property(
      values,
      fc.array(fc.tuple(fc.nat(9), values, fc.nat(), fc.nat()), { maxLength: 20 }),
      fc.constantFrom(0, 5),
      (first, acts, start) => {
        const log = new ValueLog(start);
        log.append(ValueLog.of(first));
        const model = [...first];
        // Parts, and what was joined, stay what they are.
        const shared: [ValueLog, readonly Value[]][] = [
          [ValueLog.read(log.bytes().slice()), [...model]],
        ];
        for (const [act, more, a, b] of acts) {
          const from = a % (model.length + 1);
          const to = from + (b % (model.length - from + 1));
          // Mostly one of those that were made last: more than one joins the same.
          const back = Math.min(a % 3, shared.length - 1);
          const [known, content] = shared[shared.length - 1 - back]!;
          if (act === 0) {
            log.append(ValueLog.of(more));
            model.push(...more);
          } else if (act === 1) {
            shared.push([log.slice(start + from, start + to), model.slice(from, to)]);
          } else if (act > 4) {
            const next = ValueLog.of(more);
            shared.push([known.joined(next), [...content, ...more]]);
          } else if (act === 3 && shared.length > 1) {
            const [other, added] = shared[b % shared.length]!;
            const end = b % (other.length + 1);
            shared.push([known.joined(other.slice(0, end)), [...content, ...added.slice(0, end)]]);
          } else {
            // What is cut off nobody looks at any more.
            for (const [one, wanted] of shared.splice(1)) expectHolds(one, wanted);
            log.truncate(start + to);
            model.length = to;
          }
          expectHolds(log, model);
        }
        for (const [one, wanted] of shared) expectHolds(one, wanted);
        const beginning = new ValueLog();
        beginning.append(ValueLog.of(new Array<Value>(start).fill("before")));
        const whole = log.behind(beginning);
        expectHolds(whole, [...new Array<Value>(start).fill("before"), ...model]);
      },
    ),
    { numRuns: 100 },
  );
});

test("what is joined again and again is not copied each time", () => {
  const one = ValueLog.of(["x".repeat(100)]);
  let log = one;
  let copies = 0;
  for (let count = 0; count < 2_000; count += 1) {
    const { buffer } = log.bytes();
    log = log.joined(one);
    if (log.bytes().buffer !== buffer) copies += 1;
  }
  expect(log.length).toBe(2_001);
  expect(copies).toBeLessThan(20);
});

test("bytes that are no values are refused", () => {
  for (const bytes of [[99], [3], [6, 2, 0x61], [8, 2, 0], [5, 0, 0, 0, 0, 0, 0, 0, 0], [7, 1]]) {
    expect(() => ValueLog.read(Uint8Array.from([0, ...bytes]))).toSatisfy((read: () => void) => {
      try {
        read();
        return false;
      } catch (error) {
        return isHoldfastError(error);
      }
    });
  }
});
