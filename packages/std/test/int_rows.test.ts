// Rows of integers against lists.

import { findRow, withRoom } from "@holdfast/std";
import fc from "fast-check";
import { expect, test } from "vitest";

test("the last row that is not above a key is found, whatever lies behind", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60), { minLength: 1 }), fc.nat(70), (keys, wanted) => {
      const sorted = [0, ...keys.filter((key) => key > 0).sort((a, b) => a - b)];
      const rows = new Int32Array(sorted.length * 2 + 6);
      for (const [place, key] of sorted.entries()) rows.set([key, -1], place * 2);
      const expected = sorted.filter((key) => key <= wanted).length - 1;
      expect(findRow(rows, 2, sorted.length, wanted)).toBe(expected);
    }),
  );
});

test("rows keep what they hold when they get more room, and are themselves when they have it", () => {
  const rows = new Int32Array([1, 2, 3, 4]);
  expect(withRoom(rows, 3)).toBe(rows);
  const grown = withRoom(rows, 4);
  expect([...grown]).toEqual([1, 2, 3, 4, 0, 0, 0, 0]);
});
