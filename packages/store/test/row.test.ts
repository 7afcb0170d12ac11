// The rows that LMDB keeps: damaged in any way, they are refused with a typed error.

import { isHoldfastError, SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import { damaged } from "../../../tools/hostile/damage.ts";
import {
  decodeMeta,
  decodeRow,
  encodeMeta,
  encodeRow,
  encodeRows,
} from "../src/drivers/lmdb/row.ts";
import type { CommitVersion } from "../src/index.ts";

const rounds = 20_000;

test("ST14: of a damaged key or row, only what was written is given out", () => {
  const random = new SeededRandom(1);
  let refused = 0;
  for (let round = 0; round < rounds; round += 1) {
    const key = random.bytes(1 + (round % 60));
    const value = random.bytes(round % 90);
    const row = encodeRow(key, value);
    expect(decodeRow(key, row)).toEqual(value);
    const isKey = round % 3 === 0;
    const badKey = isKey ? damaged(key, random) : key;
    const badRow = isKey ? row : round % 3 === 1 ? damaged(row, random) : random.bytes(round % 40);
    try {
      expect(decodeRow(badKey, badRow)).toEqual(value);
      expect([badKey, badRow]).toEqual([key, row]);
    } catch (error) {
      if (!isHoldfastError(error, "corrupt")) throw error;
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(rounds * 0.9);
});

test("rows that lie side by side are those that are made one by one", () => {
  const random = new SeededRandom(3);
  for (let round = 0; round < 60; round += 1) {
    const keys = Array.from({ length: round % 40 }, (_, index) => random.bytes(1 + (index % 60)));
    const values = keys.map((_, index) => (index % 5 === 4 ? null : random.bytes(index * 7)));
    const alone = keys.map((key, index) => {
      const value = values[index]!;
      return value === null ? null : encodeRow(key, value);
    });
    expect(encodeRows(keys, values)).toEqual(alone);
  }
});

test("ST14: a damaged row of the store's own is refused with a typed error, or is one", () => {
  const random = new SeededRandom(2);
  let [refused, read] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    const version = Math.floor(random.next() * 2 ** (round % 54)) as CommitVersion;
    const isLogged = round % 2 === 0;
    const bytes = damaged(encodeMeta({ identity: random.bytes(16), version, isLogged }), random);
    try {
      expect(encodeMeta(decodeMeta(bytes))).toEqual(bytes);
      read += 1;
    } catch (error) {
      if (!isHoldfastError(error, "corrupt", "truncated", "unsupported_version")) throw error;
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(1_000);
  expect(read).toBeGreaterThan(1_000);
});
