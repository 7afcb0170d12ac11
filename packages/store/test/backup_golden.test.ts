// What this release wrote is read by every later one: two backups, kept as files.
//
// They were made with HOLDFAST_GOLDEN=write; the test compares what it makes with them too,
// so a change of the format can't go unnoticed.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { SeededRandom } from "@holdfast/std";
import { type LocalStore, memoryStore, openMemoryStore, type StoreWorld } from "@holdfast/store";
import {
  type BackupBase,
  keepBackup,
  restoreMemoryStore,
  streamBackup,
} from "@holdfast/store/backup";
import { ManualClock } from "@holdfast/world";
import { expect, test } from "vitest";
import { newFolder, world } from "./drivers.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
const golden = (name: string) => new URL(`golden/${name}.hfb`, import.meta.url);

async function madeNow(): Promise<{ readonly rows: Buffer; readonly commits: Buffer }> {
  const still: StoreWorld = { clock: new ManualClock(), random: new SeededRandom(7) };
  const store = memoryStore({ world: still, history: {} });
  const backups = await newFolder();
  const make = async (): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    await keepBackup({ disk: world.disk, folder: backups }, (put, base) =>
      stream(store, base, put),
    );
    return Buffer.concat(pieces);

    async function stream(
      of: LocalStore,
      base: BackupBase | null,
      put: (b: Uint8Array) => Promise<void>,
    ) {
      await streamBackup(of, { world: still, base }, async (piece) => {
        pieces.push(piece);
        await put(piece);
      });
    }
  };
  await store.transact((tx) => {
    for (const name of ["a", "b", "b/1", "b/2", "c"])
      tx.set(bytes(name), bytes(`value of ${name}`));
  });
  const rows = await make();
  await store.transact((tx) => {
    tx.clearRange({ start: bytes("b/"), end: bytes("b0") });
    tx.set(bytes("d"), new Uint8Array(0));
  });
  await store.transact((tx) => {
    tx.clear(bytes("a"));
    tx.setStampedValue(bytes("e"), { before: bytes("at ") });
  });
  const commits = await make();
  await store.close();
  return { rows, commits };
}

test("BK4, BK6: backups of this release are as they were, and are restored", async () => {
  const made = await madeNow();
  if (process.env.HOLDFAST_GOLDEN === "write") {
    await writeFile(golden("backup-rows"), made.rows);
    await writeFile(golden("backup-commits"), made.commits);
  }
  const [rows, commits] = [
    await readFile(golden("backup-rows")),
    await readFile(golden("backup-commits")),
  ];
  expect(made.rows.equals(rows)).toBe(true);
  expect(made.commits.equals(commits)).toBe(true);
  const [backups, folder] = [await newFolder(), await newFolder()];
  await mkdir(backups, { recursive: true });
  await writeFile(`${backups}/000001-rows-1.hfb`, rows);
  await writeFile(`${backups}/000002-commits-3.hfb`, commits);
  const place = { disk: world.disk, folder: backups };
  await restoreMemoryStore({ world, folder, backups: place, version: null, replace: false });
  const store = await openMemoryStore({ world, folder });
  const found = await store.read((tx) =>
    tx.range({ start: bytes("a"), end: bytes("z") }, { limitRows: 100 }),
  );
  expect(
    found.map(({ key, value }) => `${Buffer.from(key)}=${Buffer.from(value).toString("hex")}`),
  ).toEqual([
    `b=${Buffer.from("value of b").toString("hex")}`,
    `c=${Buffer.from("value of c").toString("hex")}`,
    "d=",
    `e=${Buffer.from("at ").toString("hex")}0000000000000003`,
  ]);
  await store.close();
});
