// Rows that are remembered because they were read lately: against a map, and in a store whose
// rows change under those who read.

import { equalBytes, randomBelow, SeededRandom } from "@holdfast/std";
import { lmdbRows } from "@holdfast/store/lmdb";
import { expect, test } from "vitest";
import { generationSizeBytesMax, KnownRows } from "../src/drivers/lmdb/known_rows.ts";
import type { KeyText } from "../src/key.ts";
import { TransactionalStore } from "../src/transactional_store.ts";
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
  const offer = (index: number) => {
    for (let read = 0; read < 4; read += 1) known.offer(nameOf(index), value);
  };
  for (let index = 0; index < rounds; index += 1) {
    offer(index);
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

test("KR1: reads of one key, as often as may be, show the rows of their snapshot's version", async () => {
  const store = new TransactionalStore(
    world,
    await lmdbRows({ world, folder: await newFolder() })(),
  );
  const random = new SeededRandom(3);
  const keys = Array.from({ length: 12 }, (_, index) => Uint8Array.of(1, index));
  let rows = new Map<number, number>();
  const readAll = async (
    get: (key: Uint8Array) => Promise<Uint8Array | null>,
    wanted: ReadonlyMap<number, number>,
  ) => {
    for (let read = 0; read < 150; read += 1) {
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
          if (randomBelow(random, 4) === 0) {
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
