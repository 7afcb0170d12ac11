// Backups of what changed: every version that a chain of them covers can be restored, and
// one is never built upon a history that is another.

import { cp, readFile, rm, writeFile } from "node:fs/promises";
import {
  allKeys,
  type CommitVersion,
  type HistoryOptions,
  type LocalStore,
  openMemoryStore,
} from "@holdfast/store";
import {
  type BackupFile,
  keepBackup,
  restoreMemoryStore,
  streamBackup,
  verifyBackups,
} from "@holdfast/store/backup";
import { openLmdbStore, restoreLmdb } from "@holdfast/store/lmdb";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newFolder, world } from "./drivers.ts";
import { groups, hex, Model, runGroups } from "./versions_model.ts";

const { disk } = world;
const key = (text: string) => Uint8Array.from(Buffer.from(text));
const everything = { start: "", end: "ff" };

const back = (store: LocalStore, folder: string): Promise<BackupFile> =>
  keepBackup({ disk, folder }, (put, base) => streamBackup(store, { world, base }, put));

const put = (store: LocalStore, name: string) =>
  store.transact((tx) => tx.set(key(name), key("value")));

const openLog = (folder: string, history: HistoryOptions | null = {}) =>
  openMemoryStore({ world, folder, ...(history === null ? {} : { history }) });

async function rowsOf(store: LocalStore): Promise<[string, string][]> {
  const rows = await store.read((tx) => tx.range(allKeys, { limitRows: 10_000 }));
  return rows.map((row) => [hex(row.key), hex(row.value)]);
}

async function restored(backups: string, version: number | null): Promise<[string, string][]> {
  const folder = await newFolder();
  const asked = version as CommitVersion | null;
  const options = {
    world,
    folder,
    backups: { disk, folder: backups },
    version: asked,
    replace: false,
  };
  await restoreMemoryStore(options);
  const store = await openLog(folder, null);
  if (version !== null) expect(await store.read((tx) => tx.version)).toBe(version);
  const rows = await rowsOf(store);
  await store.close();
  return rows;
}

test("BK6: a chain of backups restores every version that it covers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(groups, { minLength: 2, maxLength: 4 }), async (stretches) => {
      const [folder, backups] = [await newFolder(), await newFolder()];
      const store = await openLog(folder);
      const model = new Model();
      const made: BackupFile[] = [];
      for (const stretch of stretches) {
        await runGroups(store, stretch, model);
        made.push(await back(store, backups));
      }
      await store.close();
      // Before the first commit there is no history to build upon.
      const first = made.findIndex(({ version }) => version > 0);
      const contents = made.map((file) => file.head.contents);
      if (first >= 0) {
        expect(contents.slice(first + 1).every((one) => one === "commits")).toBe(true);
        for (let version: number = made[first]!.version; version <= model.last; version += 1) {
          expect(await restored(backups, version)).toEqual(model.within(version, everything));
        }
      }
      expect(await restored(backups, null)).toEqual(model.within(model.last, everything));
      const verdicts = await verifyBackups({ disk, folder: backups });
      expect(verdicts.every(({ problem }) => problem === null)).toBe(true);
    }),
    { numRuns: 5 },
  );
});

test("BK6: LMDB's history is built upon too, also when a store is backed up while it is closed to others", async () => {
  const [folder, backups, target] = [await newFolder(), await newFolder(), await newFolder()];
  let store = await openLmdbStore({ world, folder, history: {} });
  await put(store, "a");
  await back(store, backups);
  const { version } = await put(store, "b");
  await store.close();
  store = await openLmdbStore({ world, folder }); // no history asked for: it is there
  expect((await back(store, backups)).file).toBe(`000002-commits-${version}.hfb`);
  await store.close();
  await restoreLmdb({
    ...{ world, folder: target, version: null, replace: false },
    backups: { disk, folder: backups },
  });
  const copy = await openLmdbStore({ world, folder: target, history: {} });
  expect(await rowsOf(copy)).toEqual(
    [["a"], ["b"]].map(([name]) => [hex(key(name!)), hex(key("value"))]),
  );
  expect((await back(copy, backups)).head.contents).toBe("rows"); // another history
  await copy.close();
});

test("BK6: where the history does not go on from the newest backup, all is backed up", async () => {
  const [folder, backups] = [await newFolder(), await newFolder()];
  let store = await openLog(folder, { keepBytes: 1_000 });
  await put(store, "a");
  expect((await back(store, backups)).head.contents).toBe("rows");
  for (let count = 0; count < 30; count += 1) await put(store, `too many for the history ${count}`);
  expect((await back(store, backups)).head.contents).toBe("rows");
  await put(store, "b");
  expect((await back(store, backups)).head.contents).toBe("commits");
  await store.close();
  store = await openLog(folder, null);
  await put(store, "written without history");
  expect((await back(store, backups)).head.contents).toBe("rows");
  await store.close();
});

test("BK6: a store that was set back to a copy of its folder is not what the backup knew", async () => {
  const [folder, copy, backups] = [await newFolder(), await newFolder(), await newFolder()];
  let store = await openLog(folder);
  await put(store, "a");
  await back(store, backups);
  await store.close();
  await cp(folder, copy, { recursive: true });
  store = await openLog(folder);
  await put(store, "lost");
  expect((await back(store, backups)).head.contents).toBe("commits");
  await store.close();
  await rm(folder, { recursive: true });
  await cp(copy, folder, { recursive: true });
  store = await openLog(folder);
  for (const name of ["other", "and more"]) await put(store, name);
  // The same identity and a version that the history has, but not the same commits.
  expect((await back(store, backups)).head.contents).toBe("rows");
  await store.close();
  expect(await restored(backups, null)).toHaveLength(3);
});

test("BK6: a chain with a link missing or damaged is not restored, and verify says which files stand on it", async () => {
  const [folder, backups] = [await newFolder(), await newFolder()];
  const store = await openLog(folder);
  const made: BackupFile[] = [];
  for (const name of ["a", "b", "c"]) {
    await put(store, name);
    made.push(await back(store, backups));
  }
  await store.close();
  const middle = `${backups}/${made[1]!.file}`;
  const content = await readFile(middle);
  const problems = async () =>
    (await verifyBackups({ disk, folder: backups })).map(({ problem }) => problem !== null);
  await rm(middle);
  expect(await problems()).toEqual([false, true]);
  await expect(restored(backups, null)).rejects.toMatchObject({ code: "not_found" });
  const bad = new Uint8Array(content);
  bad[content.length - 80]! ^= 1; // in the last commit
  await writeFile(middle, bad);
  expect(await problems()).toEqual([false, true, true]);
  await expect(restored(backups, null)).rejects.toMatchObject({ code: "corrupt" });
  expect(await restored(backups, 1)).toHaveLength(1);
  await writeFile(middle, content);
  expect(await problems()).toEqual([false, false, false]);
  expect(await restored(backups, null)).toHaveLength(3);
});

test("BK6: a chain goes by the hash of what it stands on, not by its version", async () => {
  const [folder, backups, others] = [await newFolder(), await newFolder(), await newFolder()];
  const store = await openLog(folder);
  await put(store, "a");
  const first = await back(store, backups);
  await put(store, "b");
  const second = await back(store, backups);
  await store.close();
  const other = await openLog(await newFolder());
  await put(other, "of another store");
  const stranger = await back(other, others);
  await other.close();
  expect([first.version, stranger.version]).toEqual([1, 1]);
  await cp(`${others}/${stranger.file}`, `${backups}/000002-rows-1.hfb`);
  await disk.rename(`${backups}/${second.file}`, `${backups}/000003-commits-2.hfb`);
  const names = (await restored(backups, null)).map(([name]) => name);
  expect(names).toEqual([hex(key("a")), hex(key("b"))]);
});
