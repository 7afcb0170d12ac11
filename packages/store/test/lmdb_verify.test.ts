// verifyLmdb and opening, on whole and on damaged files.

import { open } from "node:fs/promises";
import { isHoldfastError, randomBelow, SeededRandom } from "@holdfast/std";
import type { Store } from "@holdfast/store";
import { openLmdbStore, verifyLmdb } from "@holdfast/store/lmdb";
import { expect, test } from "vitest";
import { newFolder, world } from "./drivers.ts";

const text = new TextEncoder();
const key = (index: number) => text.encode(`key/${String(index).padStart(5, "0")}`);

/** Small and large rows, some changed and some cleared again: a tree of three levels. */
async function fill(store: Store): Promise<number> {
  for (let from = 0; from < 3_000; from += 300) {
    await store.transact((tx) => {
      for (let index = from; index < from + 300; index += 1) {
        const sizeBytes = index % 50 === 0 ? 20_000 + index : 100;
        tx.set(key(index), new Uint8Array(sizeBytes).fill(index));
      }
    });
  }
  await store.transact((tx) => tx.clearRange({ start: key(100), end: key(200) }));
  for (let index = 0; index < 20; index += 1) {
    await store.transact((tx) => tx.set(key(index * 100), new Uint8Array(index * 900)));
  }
  return 2_900 + 1;
}

async function filled(): Promise<{ folder: string; path: string; rows: number }> {
  const folder = await newFolder();
  const store = await openLmdbStore({ world, folder });
  const rows = await fill(store);
  await store.close();
  return { folder, path: `${folder}/store.mdb`, rows };
}

test("ST14: a whole store is found whole, with all its rows", async () => {
  const { folder, rows } = await filled();
  const report = await verifyLmdb({ world, folder });
  expect(report).toMatchObject({ rows, problems: [], notes: [], version: 31 });
  expect(report.rowBytes).toBeGreaterThan(1_000_000);
  const empty = await newFolder();
  await expect(verifyLmdb({ world, folder: empty })).rejects.toMatchObject({ code: "not_found" });
  await (await openLmdbStore({ world, folder: empty })).close();
  expect(await verifyLmdb({ world, folder: empty })).toMatchObject({ rows: 0, problems: [] });
});

test("ST14: a store that is open is locked", async () => {
  const folder = await newFolder();
  const store = await openLmdbStore({ world, folder });
  await expect(verifyLmdb({ world, folder })).rejects.toMatchObject({ code: "locked" });
  await expect(openLmdbStore({ world, folder })).rejects.toMatchObject({ code: "locked" });
  await store.close();
});

test("ST14: random damage never makes verify fail or hang, and changed rows are named", async () => {
  const { folder, path, rows } = await filled();
  const random = new SeededRandom(7);
  const file = await open(path, "r+");
  const { size } = await file.stat();
  let found = 0;
  for (let round = 0; round < 120; round += 1) {
    const length = 1 + randomBelow(random, round % 3 === 0 ? 4_096 : 4);
    const at = randomBelow(random, round % 4 === 0 ? 16_384 : size - length);
    const before = new Uint8Array(length);
    await file.read(before, 0, length, at);
    await file.write(random.bytes(length), 0, length, at);
    const report = await verifyLmdb({ world, folder });
    if (report.problems.length > 0) found += 1;
    else expect(report.rows).toBe(rows);
    await file.write(before, 0, length, at);
  }
  expect(found).toBeGreaterThan(40);
  expect((await verifyLmdb({ world, folder })).problems).toEqual([]);
  await file.close();
});

test("ST14: a changed byte of a value is reported with its key, by verify and by reading", async () => {
  const { folder, path } = await filled();
  const file = await open(path, "r+");
  const bytes = await file.readFile();
  // Row 2950 is the last to hold 20,000 and more of this byte, and all of it lies in one piece.
  const at = bytes.lastIndexOf(new Uint8Array(5_000).fill(2950 % 256));
  await file.write(Uint8Array.of(1), 0, 1, at + 100);
  await file.close();
  const report = await verifyLmdb({ world, folder });
  const name = Buffer.from(key(2950)).toString("hex");
  expect(report.problems).toEqual([`the row of key ${name} fails its checksum`]);
  const store = await openLmdbStore({ world, folder });
  await expect(store.read((tx) => tx.get(key(2950)))).rejects.toMatchObject({ code: "corrupt" });
  expect((await store.read((tx) => tx.get(key(2951))))?.length).toBe(100);
  await store.close();
});

test("ST14: a file that is cut off or is none is refused in words, by verify and by opening", async () => {
  const { folder, path } = await filled();
  const file = await open(path, "r+");
  const { size } = await file.stat();
  for (const sizeBytes of [size >> 1, 20_000, 8_192, 5_000, 100, 0]) {
    await file.truncate(sizeBytes);
    const report = await verifyLmdb({ world, folder });
    expect(report.problems.length, `${sizeBytes} bytes`).toBeGreaterThan(0);
    const failure = await openLmdbStore({ world, folder }).catch((error: unknown) => error);
    expect(isHoldfastError(failure, "corrupt"), `${sizeBytes} bytes: ${String(failure)}`).toBe(
      true,
    );
  }
  await file.write("this is no store ".repeat(1_000), 0);
  expect((await verifyLmdb({ world, folder })).problems).toHaveLength(1);
  await expect(openLmdbStore({ world, folder })).rejects.toMatchObject({ code: "corrupt" });
  await file.close();
});
