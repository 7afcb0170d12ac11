// Ranges read from the pages of LMDB's file, against a sorted list; and on damaged pages.

import { open } from "node:fs/promises";
import { isHoldfastError, randomBelow, SeededRandom } from "@holdfast/std";
import type { LocalStore, Row } from "@holdfast/store";
import { lmdbRows, openLmdbStore } from "@holdfast/store/lmdb";
import { expect, test } from "vitest";
import { Page } from "../src/drivers/lmdb/page_file.ts";
import { headSizeBytes, leafFlag } from "../src/drivers/lmdb/page_format.ts";
import { Slabs } from "../src/slabs.ts";
import { TransactionalStore } from "../src/transactional_store.ts";
import { newFolder, world } from "./drivers.ts";

const end = Uint8Array.of(0xff);

/** A store whose commits go to LMDB at once, and so do reads. */
async function openRows(folder: string): Promise<LocalStore> {
  return new TransactionalStore(world, await lmdbRows({ world, folder })());
}

/** Keys of 1 to 900 bytes that share beginnings, so that separators are long and short. */
function randomKey(random: SeededRandom): Uint8Array {
  const size = randomBelow(random, 8) === 0 ? 900 : 6;
  const key = new Uint8Array(1 + randomBelow(random, size)).fill(7);
  for (let index = 0; index < key.length; index += 3) key[index] = randomBelow(random, 4);
  return key;
}

/** Rows that make a tree of several levels, some of them on pages of their own. */
async function fill(store: LocalStore, random: SeededRandom): Promise<Row[]> {
  const rows = new Map<string, Row>();
  for (let group = 0; group < 12; group += 1) {
    await store.transact((tx) => {
      for (let count = 0; count < 250; count += 1) {
        const key = randomKey(random);
        const name = Buffer.from(key).toString("latin1");
        if (randomBelow(random, 4) === 0) {
          tx.clear(key);
          rows.delete(name);
          continue;
        }
        const value = new Uint8Array(randomBelow(random, count % 50 === 0 ? 30_000 : 200));
        value.fill(count);
        tx.set(key, value);
        rows.set(name, { key, value });
      }
    });
  }
  return [...rows.values()].sort((one, other) => Buffer.compare(one.key, other.key));
}

const shown = (rows: readonly Row[]) =>
  rows.map(({ key, value }) => `${Buffer.from(key).toString("hex")} ${value.length} ${value[0]}`);

test("ST3: ranges from every place, both ways and with limits, are those of a sorted list", async () => {
  const random = new SeededRandom(11);
  const folder = await newFolder();
  const store = await openRows(folder);
  const rows = await fill(store, random);
  const kept: { row: Row; copy: Uint8Array }[] = [];
  await store.read(async (snapshot) => {
    for (let round = 0; round < 150; round += 1) {
      const bounds = [randomKey(random), randomKey(random)].sort(Buffer.compare);
      const [start, stop] =
        round % 10 === 0 ? [new Uint8Array(0), end] : (bounds as [Uint8Array, Uint8Array]);
      const inRange = rows.filter(
        ({ key }) => Buffer.compare(key, start) >= 0 && Buffer.compare(key, stop) < 0,
      );
      const limitRows = 1 + randomBelow(random, round % 3 === 0 ? 3 : 2_000);
      const reverse = round % 2 === 0;
      const expected = (reverse ? [...inRange].reverse() : inRange).slice(0, limitRows);
      const found = await snapshot.range({ start, end: stop }, { limitRows, reverse });
      expect(shown(found)).toEqual(shown(expected));
      for (const row of found.slice(0, 2)) kept.push({ row, copy: row.value.slice() });
    }
  });
  // What was handed out is the caller's: nothing that is read later changes it.
  for (const { row, copy } of kept) expect(row.value).toEqual(copy);
  await store.close();
});

test("ST1: a range of a held snapshot stays, whatever is written over and cleared meanwhile", async () => {
  const random = new SeededRandom(12);
  const store = await openRows(await newFolder());
  const rows = await fill(store, random);
  await store.hold(async (snapshot) => {
    for (let round = 0; round < 5; round += 1) {
      await fill(store, random);
      await store.transact((tx) => tx.clearRange({ start: Uint8Array.of(1), end }));
      const all = { start: new Uint8Array(0), end };
      const found = await snapshot.range(all, { limitRows: 10_000 });
      expect(shown(found)).toEqual(shown(rows));
    }
  });
  await store.close();
});

test("ST14: on damaged pages a range is right or corrupt, also where it was read before", async () => {
  const random = new SeededRandom(13);
  const folder = await newFolder();
  let store = await openLmdbStore({ world, folder });
  const rows = await fill(store, random);
  await store.close();
  store = await openLmdbStore({ world, folder });
  const scan = () =>
    store.read((tx) => tx.range({ start: new Uint8Array(0), end }, { limitRows: 10_000 }));
  expect(shown(await scan())).toEqual(shown(rows));
  const file = await open(`${folder}/store.mdb`, "r+");
  const { size } = await file.stat();
  let found = 0;
  for (let round = 0; round < 250; round += 1) {
    // Behind the meta pages, which LMDB itself still reads.
    const at = 8_192 + randomBelow(random, size - 8_192 - 16);
    const before = new Uint8Array(1 + randomBelow(random, round % 2 === 0 ? 1 : 16));
    await file.read(before, 0, before.length, at);
    await file.write(random.bytes(before.length), 0, before.length, at);
    try {
      expect(shown(await scan())).toEqual(shown(rows));
    } catch (error) {
      if (!isHoldfastError(error, "corrupt")) throw error;
      found += 1;
    }
    await file.write(before, 0, before.length, at);
  }
  expect(found).toBeGreaterThan(50);
  expect(shown(await scan())).toEqual(shown(rows));
  await file.close();
  await store.close();
});

test("ST14: a node outside of the nodes of its page, and a row without a size, are corrupt", () => {
  const page = new Page(new Uint8Array(4_096));
  const view = new DataView(page.bytes.buffer);
  const nodesAt = 4_000;
  view.setUint32(0, 9, true); // The page's number, then flags, lower and upper, and two places.
  view.setUint16(18, leafFlag, true);
  view.setUint16(20, 4, true);
  view.setUint16(22, nodesAt - headSizeBytes, true);
  view.setUint16(24, nodesAt - headSizeBytes, true);
  view.setUint16(26, nodesAt - headSizeBytes - 2, true);
  page.check(9, leafFlag);
  page.keep(new Slabs(8_192, 8_192));
  expect(page.nodeAt(0)).toBe(nodesAt);
  expect(page.part(nodesAt, 5)).toEqual(new Uint8Array(5));
  for (const bad of [
    () => page.nodeAt(1),
    () => page.part(nodesAt, -1),
    () => page.part(4_090, 7),
  ]) {
    expect(bad).toThrow(expect.objectContaining({ code: "corrupt" }));
  }
  view.setUint16(22, 2, true);
  expect(() => page.check(9, leafFlag)).toThrow("is not what refers to it says");
});
