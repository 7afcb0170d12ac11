// Rows that are remembered because they were read lately: against a map, and in a store whose
// rows change under those who read.

import { equalBytes, randomBelow, SeededRandom } from "@holdfast/std";
import { lmdbRows } from "@holdfast/store/lmdb";
import { expect, test } from "vitest";
import { generationSizeBytesMax, KnownRows, windowReads } from "../src/drivers/lmdb/known_rows.ts";
import type { KeyText } from "../src/key.ts";
import { TransactionalStore } from "../src/transactional_store.ts";
import { WriteSet } from "../src/write_set.ts";
import { newFolder, world } from "./drivers.ts";

const nameOf = (index: number) => `key ${index}` as KeyText;

test("KR2: what is remembered is what was read, whatever becomes of the bytes that were read", () => {
  const known = new KnownRows();
  const random = new SeededRandom(1);
  let found = 0;
  for (let read = 0; read < 5_000; read += 1) {
    const index = randomBelow(random, 300);
    const sizeBytes = index === 7 ? 5_000 : index;
    const value = known.get(nameOf(index));
    if (value === undefined) {
      const bytes = new Uint8Array(sizeBytes).fill(index);
      known.offer(nameOf(index), bytes);
      bytes.fill(255);
    } else {
      expect(equalBytes(value, new Uint8Array(sizeBytes).fill(index))).toBe(true);
      found += 1;
    }
  }
  expect(found).toBeGreaterThan(3_000);
  expect(known.get(nameOf(7))).toBeUndefined();
});

test("KR3: what is remembered is bounded, and what is asked for again stays", () => {
  const known = new KnownRows();
  const value = new Uint8Array(4_000);
  const generationRows = Math.floor(generationSizeBytesMax / value.length);
  const rounds = generationRows * 4;
  for (let index = 0; index < rounds; index += 1) {
    known.offer(nameOf(index), value);
    if (index > 0 && index % 100 === 0) expect(known.get(nameOf(0))?.length).toBe(value.length);
  }
  let count = 0;
  for (let index = 1; index < rounds; index += 1) {
    // Each look keeps what it finds: so from the newest backwards.
    if (known.get(nameOf(rounds - index)) !== undefined) count += 1;
  }
  expect(count).toBeLessThanOrEqual(2 * generationRows);
  expect(count).toBeGreaterThan(generationRows / 2);
});

test("KR3: a row that passes into the younger generation leaves the memory of the older one", () => {
  const known = new KnownRows();
  const value = new Uint8Array(1_000);
  known.offer(nameOf(0), value);
  const first = known.get(nameOf(0))!.buffer;
  const generationRows = Math.floor(generationSizeBytesMax / value.length);
  for (let index = 1; index <= generationRows; index += 1) known.offer(nameOf(index), value);
  expect(known.get(nameOf(0))!.buffer).toBe(first);
  expect(known.get(nameOf(0))!.buffer).not.toBe(first);
});

test("KR1: what is written is forgotten, in both generations", () => {
  const known = new KnownRows();
  const value = new Uint8Array(4_000);
  const count = Math.floor((generationSizeBytesMax / value.length) * 1.5);
  for (let index = 0; index < count; index += 1) known.offer(nameOf(index), value);
  const written = [50, count - 50];
  const writes = new WriteSet();
  for (const index of written) {
    expect(known.get(nameOf(index))?.length).toBe(value.length);
    known.offer(nameOf(index), value);
    writes.set(nameOf(index), null);
  }
  known.forget(writes);
  for (const index of written) expect(known.get(nameOf(index))).toBeUndefined();
  for (const index of [51, count - 51]) expect(known.get(nameOf(index))).toBeDefined();
});

test("KR4: where too few reads find their row, few look for it, and none adds its own", () => {
  const known = new KnownRows();
  const value = Uint8Array.of(1);
  let next = 0;
  const miss = () => {
    next += 1;
    expect(known.get(nameOf(next))).toBeUndefined();
    known.offer(nameOf(next), value);
  };
  for (let read = 0; read <= windowReads; read += 1) miss();
  let looked = 0;
  const readsOfFirst = 10 * windowReads;
  for (let read = 0; read < readsOfFirst; read += 1) {
    for (let other = 0; other < 8; other += 1) miss();
    if (known.get(nameOf(1)) !== undefined) looked += 1;
  }
  expect(looked).toBeGreaterThan(readsOfFirst / 34);
  expect(looked).toBeLessThan(readsOfFirst / 17 + windowReads / 9);
  // It is worth it again as soon as they do.
  for (let read = 0; read < 20 * windowReads; read += 1) known.get(nameOf(1));
  expect(known.get(nameOf(1))).toEqual(value);
});

test("KR1: reads of one key, as often as may be, show the rows of their snapshot's version", async () => {
  const store = new TransactionalStore(
    world,
    await lmdbRows({ world, folder: await newFolder() })(),
  );
  const random = new SeededRandom(3);
  const keys = Array.from({ length: 40 }, (_, index) => Uint8Array.of(1, index));
  // All of them are there at first: reads that find nothing are not worth looking for.
  let rows = new Map(keys.map((_, index) => [index, 99]));
  await store.write((writes) => {
    for (const key of keys) writes.set(key, new Uint8Array(100).fill(99));
  });
  const readAll = async (
    get: (key: Uint8Array) => Promise<Uint8Array | null>,
    wanted: ReadonlyMap<number, number>,
  ) => {
    for (let read = 0; read < 250; read += 1) {
      const index = randomBelow(random, keys.length);
      const value = await get(keys[index]!);
      expect(value?.[0]).toBe(wanted.get(index));
      value?.fill(0); // The caller's to change.
    }
  };
  for (let round = 1; round <= 12; round += 1) {
    await store.hold(async (held) => {
      const before = rows;
      await readAll((key) => held.get(key), before);
      rows = new Map(rows);
      await store.write((writes) => {
        for (let count = 0; count < 5; count += 1) {
          const index = randomBelow(random, keys.length);
          if (round % 3 === 0 && count === 0) {
            writes.clearRange({ start: keys[index]!, end: Uint8Array.of(1, index + 3) });
            for (let at = index; at < index + 3; at += 1) rows.delete(at);
          } else if (randomBelow(random, 8) === 0) {
            writes.clear(keys[index]!);
            rows.delete(index);
          } else {
            writes.set(keys[index]!, new Uint8Array(100).fill(round));
            rows.set(index, round);
          }
        }
      });
      await readAll((key) => store.get(key), rows);
      await readAll((key) => held.get(key), before);
    });
  }
  await store.close();
});
