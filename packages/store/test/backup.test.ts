// Backups: what they hold against a plain list of rows, on every driver; what damage does
// to them; what a folder of them says; what a restore leaves.

import { readFile, writeFile } from "node:fs/promises";
import { HoldfastError, isHoldfastError, SeededRandom } from "@holdfast/std";
import {
  type CommitVersion,
  type LocalStore,
  memoryStore,
  openMemoryStore,
  type Row,
} from "@holdfast/store";
import {
  keepBackup,
  listBackups,
  restoreMemoryStore,
  streamBackup,
  verifyBackups,
} from "@holdfast/store/backup";
import { openLmdbStore, restoreLmdb } from "@holdfast/store/lmdb";
import { MemoryDisk } from "@holdfast/world";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { damaged } from "../../../tools/hostile/damage.ts";
import {
  type BackupBlock,
  type BackupEnd,
  encodeBlock,
  fileHead,
  newHash,
} from "../src/backup/backup_format.ts";
import { BackupReader } from "../src/backup/backup_reader.ts";
import { newFolder, world } from "./drivers.ts";

const { disk } = world;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => Uint8Array.from(Buffer.from(text));

interface Driver {
  open(folder: string): Promise<LocalStore>;
  restore(folder: string, backups: string, replace?: boolean): Promise<unknown>;
}

const kinds: Readonly<Record<string, Driver>> = {
  "memory log": {
    open: (folder) => openMemoryStore({ world, folder }),
    restore: (folder, backups, replace = false) =>
      restoreMemoryStore({
        world,
        folder,
        backups: { disk, folder: backups },
        version: null,
        replace,
      }),
  },
  lmdb: {
    open: (folder) => openLmdbStore({ world, folder }),
    restore: (folder, backups, replace = false) =>
      restoreLmdb({ world, folder, backups: { disk, folder: backups }, version: null, replace }),
  },
};

async function put(store: LocalStore, rows: Readonly<Record<string, string>>) {
  return store.transact((tx) => {
    for (const [key, value] of Object.entries(rows)) tx.set(bytes(key), bytes(value));
  });
}

async function rowsOf(store: LocalStore): Promise<Record<string, string>> {
  const range = { start: new Uint8Array(0), end: Uint8Array.of(0xff) };
  const rows: readonly Row[] = await store.read((tx) => tx.range(range, { limitRows: 10_000 }));
  return Object.fromEntries(rows.map(({ key, value }) => [hex(key), hex(value)]));
}

const back = (store: LocalStore, folder: string) =>
  keepBackup({ disk, folder }, (sink) => streamBackup(store, { world, base: null }, sink));

for (const [name, driver] of Object.entries(kinds)) {
  describe(`the ${name} driver`, () => {
    test("BK1, BK4: a backup holds what the store held at its version, and a restore gives just that", async () => {
      const key = fc
        .tuple(fc.integer({ min: 0, max: 0xfe }), fc.uint8Array({ maxLength: 5 }))
        .map(([first, rest]) => Uint8Array.of(first, ...rest));
      const row = fc.tuple(key, fc.uint8Array({ maxLength: 30 }));
      await fc.assert(
        fc.asyncProperty(fc.array(row, { maxLength: 150 }), fc.array(row), async (rows, later) => {
          const [folder, backups, restored] = [
            await newFolder(),
            await newFolder(),
            await newFolder(),
          ];
          const store = await driver.open(folder);
          const write = (all: typeof rows) =>
            store.transact((tx) => {
              for (const [at, value] of all) tx.set(at, value);
            });
          const { version } = await write(rows);
          const expected = await rowsOf(store);
          const kept = await keepBackup({ disk, folder: backups }, (sink) =>
            streamBackup(store, { world, base: null }, async (piece) => {
              await sink(piece);
              await write(later); // while it is being made
            }),
          );
          await store.close();
          expect([kept.version, kept.end.count]).toEqual([version, Object.keys(expected).length]);
          await driver.restore(restored, backups);
          const copy = await driver.open(restored);
          expect(await rowsOf(copy)).toEqual(expected);
          expect(await copy.read((tx) => tx.version)).toBe(version);
          const next = await put(copy, { more: "1" });
          expect(next.version).toBeGreaterThan(version);
          await copy.close();
        }),
        { numRuns: 12 },
      );
    });

    test("BK5: a restore refuses a store that holds something, unless it is told to replace it", async () => {
      const [folder, backups, other] = [await newFolder(), await newFolder(), await newFolder()];
      const store = await driver.open(folder);
      await put(store, { a: "1" });
      await back(store, backups);
      await put(store, { a: "2", b: "2" });
      await store.close();
      await expect(driver.restore(folder, backups)).rejects.toMatchObject({
        code: "invalid_argument",
      });
      const untouched = await driver.open(folder);
      expect(await rowsOf(untouched)).toEqual({ 61: "32", 62: "32" });
      await expect(driver.restore(folder, backups, true)).rejects.toMatchObject({ code: "locked" });
      await untouched.close();
      await driver.restore(folder, backups, true);
      const replaced = await driver.open(folder);
      expect(await rowsOf(replaced)).toEqual({ 61: "31" });
      await replaced.close();
      await (await driver.open(other)).close(); // one that was opened, and holds nothing
      await driver.restore(other, backups);
    });

    test("BK5: what is restored from a damaged backup is nothing", async () => {
      const [folder, backups] = [await newFolder(), await newFolder()];
      const store = memoryStore({ world });
      for (let count = 0; count < 40; count += 1) {
        await put(store, { [`key ${count}`]: "v".repeat(60_000) });
      }
      const { file } = await back(store, backups);
      const path = `${backups}/${file}`;
      const whole = await readFile(path);
      const bad = new Uint8Array(whole);
      bad[bad.length - 100_000]! ^= 1; // far behind the first rows
      await writeFile(path, bad);
      await expect(driver.restore(folder, backups)).rejects.toMatchObject({ code: "corrupt" });
      const empty = await driver.open(folder);
      expect(await rowsOf(empty)).toEqual({});
      await empty.close();
      await writeFile(path, whole);
      await driver.restore(folder, backups);
      const full = await driver.open(folder);
      expect(Object.keys(await rowsOf(full))).toHaveLength(40);
      await full.close();
    });
  });
}

/** The bytes of a small backup, in the pieces in which they were written. */
async function someBackup(rows = 300, valueBytes = 40): Promise<Uint8Array[]> {
  const store = memoryStore({ world });
  await store.transact((tx) => {
    for (let count = 0; count < rows; count += 1) {
      tx.set(
        bytes(`row ${String(count).padStart(6, "0")}`),
        new Uint8Array(valueBytes).fill(count),
      );
    }
  });
  const pieces: Uint8Array[] = [];
  await streamBackup(store, { world, base: null }, async (piece) => void pieces.push(piece));
  await store.close();
  return pieces;
}

/** All rows of a backup, read in pieces of `pieceBytes`. */
function readAll(whole: Uint8Array, pieceBytes: number): string[] {
  const reader = new BackupReader();
  const rows: string[] = [];
  for (let at = 0; at < whole.length; at += pieceBytes) {
    for (const block of reader.push(whole.slice(at, at + pieceBytes))) {
      if (block.type === "rows") rows.push(...block.rows.map(({ key }) => key));
    }
  }
  reader.finish();
  return rows;
}

describe("reading", () => {
  test("BK2: bytes in any pieces are read alike", async () => {
    const whole = Buffer.concat(await someBackup(6_000, 500)); // more than one block
    const expected = readAll(whole, whole.length);
    expect(expected).toHaveLength(6_000);
    for (const pieceBytes of [777, 65_536, 1_500_000]) {
      expect(readAll(whole, pieceBytes)).toEqual(expected);
    }
    const small = Buffer.concat(await someBackup(3));
    expect(readAll(small, 1)).toEqual(readAll(small, small.length));
  });

  test("BK2: a damaged backup is refused with a typed error, wherever it is damaged", async () => {
    const whole = new Uint8Array(Buffer.concat(await someBackup()));
    const random = new SeededRandom(5);
    for (let round = 0; round < 3_000; round += 1) {
      const bad = damaged(whole, random);
      if (hex(bad) === hex(whole)) continue;
      try {
        readAll(bad, 4_096);
        throw new Error(`round ${round}: a damaged backup was read`);
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        expect(["corrupt", "truncated", "too_large", "unsupported_version"]).toContain(error.code);
      }
    }
  });

  test("BK2: blocks that are whole and out of place are refused: lost, doubled, exchanged", async () => {
    const [start, head, ...rest] = await someBackup(6_000, 500);
    const [one, two] = rest as [Uint8Array, Uint8Array];
    const end = rest.at(-1)!;
    expect(rest.length).toBeGreaterThan(3);
    const wrong = [
      [start, head, two, one, ...rest.slice(2)],
      [start, head, ...rest.slice(1)],
      [start, head, one, ...rest],
      [start, head, head, ...rest],
      [start, ...rest],
      [start, head, ...rest, end],
      [start, head, ...rest.slice(0, -1)],
    ];
    for (const pieces of wrong) {
      expect(() => readAll(Buffer.concat(pieces as Uint8Array[]), 1 << 20)).toThrow(HoldfastError);
    }
    const commit = encodeBlock({
      type: "rows",
      rows: [{ key: "zz" as never, value: new Uint8Array(1) }],
    });
    expect(() => readAll(Buffer.concat([start!, head!, one, commit, end]), 1 << 20)).toThrow(/end/);
  });
});

describe("each safeguard by itself", () => {
  const head: BackupBlock = {
    type: "head",
    head: {
      ...{ contents: "rows", name: new Uint8Array(16), version: 3 as CommitVersion },
      ...{ since: 0 as CommitVersion, previous: new Uint8Array(32), madeAtMs: 0 },
      mark: new Uint8Array(0),
    },
  };
  const rows = (...keys: string[]): BackupBlock => ({
    type: "rows",
    rows: keys.map((one) => ({ key: one as never, value: new Uint8Array(1) })),
  });
  const forged = (blocks: readonly BackupBlock[], end: Partial<BackupEnd> = {}) => {
    const before = Buffer.concat([fileHead, ...blocks.map(encodeBlock)]);
    const hash = newHash().update(before).digest();
    const right = { count: 2, contentBytes: 4, hash, ...end };
    return new Uint8Array(Buffer.concat([before, encodeBlock({ type: "end", end: right })]));
  };

  test("BK2: counts, hash, order over blocks, and a block's checksum before there is an end", () => {
    expect(readAll(forged([head, rows("a"), rows("b")]), 1_000)).toEqual(["a", "b"]);
    const refuse = (bad: Uint8Array) => expect(() => readAll(bad, 1_000)).toThrow(HoldfastError);
    refuse(forged([head, rows("b"), rows("a")]));
    refuse(forged([head, rows("a"), rows("a")]));
    refuse(forged([head, rows("a"), rows("b")], { count: 3 }));
    refuse(forged([head, rows("a"), rows("b")], { contentBytes: 5 }));
    refuse(forged([head, rows("a"), rows("b")], { hash: new Uint8Array(32) }));
    const block = encodeBlock(rows("a", "b"));
    block[block.length - 1]! ^= 1;
    const cut = new Uint8Array(Buffer.concat([fileHead, encodeBlock(head), block]));
    expect(() => new BackupReader().push(cut)).toThrow(/checksum/);
  });

  test("BK1: no row is left out where one page ends and the next begins", async () => {
    const store = memoryStore({ world });
    await store.transact((tx) => {
      for (let size = 1; size <= 400; size += 1) tx.set(new Uint8Array(size), new Uint8Array(1));
    });
    const pieces: Uint8Array[] = [];
    await streamBackup(store, { world, base: null }, async (piece) => void pieces.push(piece));
    expect(readAll(new Uint8Array(Buffer.concat(pieces)), 1 << 20)).toHaveLength(400);
  });
});

describe("a folder of backups", () => {
  test("BK3: whatever ends the making of one, those before it stay, and the next one begins anew", async () => {
    const memory = new MemoryDisk();
    const place = { disk: memory, folder: "out" };
    const store = memoryStore({ world });
    await put(store, { a: "1" });
    const first = await keepBackup(place, (sink) =>
      streamBackup(store, { world, base: null }, sink),
    );
    const before = await verifyBackups(place);
    await put(store, { b: "2" });
    for (let failAt = 0; failAt < 4; failAt += 1) {
      let count = 0;
      const cut = keepBackup(place, (sink) =>
        streamBackup(store, { world, base: null }, async (piece) => {
          if (count === failAt) throw new RangeError("cut short");
          count += 1;
          await sink(piece);
        }),
      );
      await expect(cut).rejects.toThrow(RangeError);
      memory.crash(new SeededRandom(failAt));
      expect(await verifyBackups(place)).toEqual(before);
    }
    const unfinished = keepBackup(place, async () => {});
    await expect(unfinished).rejects.toMatchObject({ code: "truncated" });
    const second = await keepBackup(place, (sink) =>
      streamBackup(store, { world, base: null }, sink),
    );
    memory.crash();
    expect((await verifyBackups(place)).map(({ problem }) => problem)).toEqual([null, null]);
    expect([first.file, second.file]).toEqual(["000001-rows-1.hfb", "000002-rows-2.hfb"]);
  });

  test("BK3: two that make a backup in one folder don't meet", async () => {
    const backups = await newFolder();
    const store = memoryStore({ world });
    await keepBackup({ disk, folder: backups }, async (sink) => {
      await expect(back(store, backups)).rejects.toMatchObject({ code: "locked" });
      await streamBackup(store, { world, base: null }, sink);
    });
    expect(await listBackups({ disk, folder: backups })).toHaveLength(1);
  });

  test("BK2: verify names the file that is damaged, and a restore can take another", async () => {
    const [backups, folder] = [await newFolder(), await newFolder()];
    const store = memoryStore({ world });
    const files: string[] = [];
    for (const value of ["1", "2", "3"]) {
      await put(store, { a: value });
      files.push((await back(store, backups)).file);
    }
    const path = `${backups}/${files[2]}`;
    const content = await readFile(path);
    content[60]! ^= 4;
    await writeFile(path, content);
    const verdicts = await verifyBackups({ disk, folder: backups });
    expect(verdicts.map(({ problem }) => problem === null)).toEqual([true, true, false]);
    const from = { world, folder, backups: { disk, folder: backups }, replace: false };
    await expect(restoreMemoryStore({ ...from, version: null })).rejects.toMatchObject({
      code: "corrupt",
    });
    const missing = restoreMemoryStore({ ...from, version: 9 as CommitVersion });
    await expect(missing).rejects.toMatchObject({ code: "not_found" });
    await restoreMemoryStore({ ...from, version: 2 as CommitVersion });
    const copy = await openMemoryStore({ world, folder });
    expect(await rowsOf(copy)).toEqual({ 61: "32" });
    await copy.close();
  });

  test("BK4: what is amended is written with the restore", async () => {
    const [backups, folder] = [await newFolder(), await newFolder()];
    const store = memoryStore({ world });
    await put(store, { epoch: "4", other: "x" });
    await back(store, backups);
    const from = {
      world,
      folder,
      backups: { disk, folder: backups },
      version: null,
      replace: false,
    };
    await restoreLmdb({
      ...from,
      amend: async (get) => {
        const epoch = Number(Buffer.from((await get(bytes("epoch")))!).toString());
        return [{ key: bytes("epoch"), value: bytes(String(epoch + 1)) }];
      },
    });
    const copy = await openLmdbStore({ world, folder });
    expect(await rowsOf(copy)).toEqual({
      [hex(bytes("epoch"))]: "35",
      [hex(bytes("other"))]: "78",
    });
    await copy.close();
  });
});

describe("a held snapshot", () => {
  test("BK1: it outlives what a transaction may take, and ends with the store", async () => {
    const store = memoryStore({ world });
    await put(store, { a: "1" });
    let release = () => {};
    const held = store.hold(async (snapshot) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return Buffer.from((await snapshot.get(bytes("a")))!).toString();
    });
    await put(store, { a: "2" });
    release();
    expect(await held).toBe("1");
    const endless = store.hold(() => new Promise<never>(() => {}));
    const all = Array.from({ length: 15 }, () => store.hold(() => new Promise<never>(() => {})));
    await expect(store.hold(async () => 1)).rejects.toMatchObject({ code: "overloaded" });
    const ends = Promise.allSettled([endless, ...all]);
    await store.close();
    for (const end of await ends) {
      expect(end).toMatchObject({ status: "rejected", reason: { code: "closed" } });
    }
  });
});
