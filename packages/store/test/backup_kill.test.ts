// Real processes that back up and restore, killed at any moment: nothing is damaged, and
// the same again works.

import { readdir } from "node:fs/promises";
import { keepBackup, listBackups, streamBackup, verifyBackups } from "@holdfast/store/backup";
import { openLmdbStore, restoreLmdb, verifyLmdb } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";
import { expect, test } from "vitest";
import { runChild } from "./children.ts";
import { newFolder } from "./drivers.ts";

const world = nodeWorld();
const { disk } = world;
const key = (count: number) => Uint8Array.from(Buffer.from(`row ${count}`));

/** A store of about 6 MB, in a backup of several blocks; then `mark` is written. */
async function storeAndBackup() {
  const [folder, backups] = [await newFolder(), await newFolder()];
  const store = await openLmdbStore({ world, folder });
  await store.transact((tx) => {
    for (let count = 0; count < 150; count += 1)
      tx.set(key(count), new Uint8Array(40_000).fill(count));
  });
  await keepBackup({ disk, folder: backups }, (put) =>
    streamBackup(store, { world, base: null }, put),
  );
  await store.transact((tx) => tx.set(key(0), Uint8Array.of(1)));
  await store.close();
  return { folder, backups };
}

async function firstRow(folder: string): Promise<number> {
  const store = await openLmdbStore({ world, folder });
  const value = await store.read((tx) => tx.get(key(0)));
  await store.close();
  return value!.length;
}

test("BK3: kill -9 while a backup is made leaves those before it, and the next one is whole", async () => {
  const { folder, backups } = await storeAndBackup();
  const place = { disk, folder: backups };
  const ended = await runChild("back_up", {
    args: ["backup", folder, backups],
    kill: (lines) => lines.length >= 4,
  });
  expect([ended.signal, ended.lines.includes("DONE")]).toEqual(["SIGKILL", false]);
  expect(await readdir(backups)).toContain("draft.part");
  expect(await verifyBackups(place)).toMatchObject([{ problem: null }]);
  const store = await openLmdbStore({ world, folder });
  await keepBackup(place, (put) => streamBackup(store, { world, base: null }, put));
  await store.close();
  expect(await verifyBackups(place)).toMatchObject([
    { problem: null },
    { problem: null, count: 150 },
  ]);
  expect(await readdir(backups)).not.toContain("draft.part");
});

test("BK5: kill -9 while a store is restored leaves it as it was, and the same restore works", async () => {
  const { folder, backups } = await storeAndBackup();
  for (const word of ["BEGUN", "FILLED"]) {
    const ended = await runChild("back_up", {
      args: ["restore", folder, backups],
      kill: (lines) => lines.includes(word),
    });
    expect([ended.signal, ended.lines.includes("DONE")]).toEqual(["SIGKILL", false]);
    expect(await verifyLmdb({ world, folder })).toMatchObject({ problems: [], rows: 150 });
    expect(await firstRow(folder)).toBe(1);
  }
  expect(await readdir(folder)).toContain("restored.mdb");
  expect(await listBackups({ disk, folder: backups })).toHaveLength(1);
  await restoreLmdb({
    world,
    folder,
    backups: { disk, folder: backups },
    version: null,
    replace: true,
  });
  expect(await firstRow(folder)).toBe(40_000);
  expect(await readdir(folder)).not.toContain("restored.mdb");
  expect(await verifyLmdb({ world, folder })).toMatchObject({ problems: [], rows: 150 });
});
