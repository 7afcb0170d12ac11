// The log beside an LMDB file: folders as a crash leaves them, and as earlier releases did.

import { cp, readdir } from "node:fs/promises";
import { keepBackup, streamBackup } from "@holdfast/store/backup";
import { lmdbRows, openLmdbStore, restoreLmdb, verifyLmdb } from "@holdfast/store/lmdb";
import { expect, test } from "vitest";
import type { KeyText } from "../src/key.ts";
import type { CommitVersion } from "../src/store.ts";
import { WriteSet } from "../src/write_set.ts";
import { newFolder, world } from "./drivers.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const get = async (folder: string, key: string): Promise<string | null> => {
  const store = await openLmdbStore({ world, folder });
  const value = await store.read((tx) => tx.get(bytes(key)));
  await store.close();
  return value === null ? null : new TextDecoder().decode(value);
};

/** A folder as a crash right after a commit leaves it. */
async function crashed(value: string): Promise<string> {
  const [folder, copy] = [await newFolder(), await newFolder()];
  const store = await openLmdbStore({ world, folder });
  await store.transact((tx) => tx.set(bytes("key"), bytes(value)));
  for (const name of await readdir(folder)) {
    if (name !== "lock") await cp(`${folder}/${name}`, `${copy}/${name}`);
  }
  await store.close();
  return copy;
}

test("ST8, ST14: what only the log has is there after a crash, and verify knows of it", async () => {
  const folder = await crashed("value");
  expect(await readdir(folder)).toContain("commits.1");
  const report = await verifyLmdb({ world, folder });
  expect(report).toMatchObject({ version: 1, rows: 0, problems: [] });
  expect(report.notes).toEqual(["1 groups of commits more are in the log"]);
  expect(await get(folder, "key")).toBe("value");
  expect((await readdir(folder)).filter((name) => name.startsWith("commits."))).toEqual([]);
  expect(await verifyLmdb({ world, folder })).toMatchObject({ version: 1, rows: 1, notes: [] });
});

test("ST14: a log that is damaged, or of which a file is gone, is told by verify and by opening", async () => {
  const folder = await crashed("value");
  const file = await world.disk.open(`${folder}/commits.1`, { create: false });
  await file.write(30, Uint8Array.of(0xee));
  await file.close();
  const { problems } = await verifyLmdb({ world, folder });
  expect(problems).toHaveLength(1);
  await expect(openLmdbStore({ world, folder })).rejects.toMatchObject({ code: "corrupt" });
});

test("BK5: a store that holds something in its log alone is replaced only where that was asked for", async () => {
  const folder = await crashed("old");
  const place = { disk: world.disk, folder: await newFolder() };
  const source = await openLmdbStore({ world, folder: await newFolder() });
  await source.transact((tx) => tx.set(bytes("key"), bytes("restored")));
  await keepBackup(place, (put) => streamBackup(source, { world, base: null }, put));
  await source.close();
  const restore = { world, folder, backups: place, version: null };
  await expect(restoreLmdb({ ...restore, replace: false })).rejects.toMatchObject({
    code: "invalid_argument",
  });
  const log = await newFolder();
  await cp(`${folder}/commits.1`, `${log}/commits.1`);
  await restoreLmdb({ ...restore, replace: true });
  expect(await readdir(folder)).not.toContain("commits.1");
  // Where a crash came before it was removed.
  await cp(`${log}/commits.1`, `${folder}/commits.1`);
  expect(await get(folder, "key")).toBe("restored");
});

test("a folder of the format before is opened, and then no longer taken for one without a log", async () => {
  const folder = await newFolder();
  const rows = await lmdbRows({ world, folder })();
  const writes = new WriteSet();
  writes.set("key" as KeyText, bytes("value"));
  await rows.commit(7 as CommitVersion, writes, [], []);
  await rows.close();
  expect(await get(folder, "key")).toBe("value");
  const store = await openLmdbStore({ world, folder });
  expect((await store.transact((tx) => tx.set(bytes("next"), bytes("1")))).version).toBe(8);
  await store.close();
  await expect(lmdbRows({ world, folder })()).rejects.toMatchObject({ code: "invalid_argument" });
});
