// The memory store's log: crashes, damage, growth, a full disk.

import { isHoldfastError, SeededRandom } from "@holdfast/std";
import { allKeys, openMemoryStore, type Store, verifyMemoryLog } from "@holdfast/store";
import { MemoryDisk, type World } from "@holdfast/world";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCommit, encodeCommit } from "../src/commit_record.ts";
import type { KeyText } from "../src/key.ts";
import type { CommitVersion } from "../src/store.ts";
import { WriteSet } from "../src/write_set.ts";
import { world as machine } from "./drivers.ts";

const folder = "/data";
const path = "/data/store.log";
const text = new TextEncoder();

function newWorld(): World & { readonly disk: MemoryDisk } {
  return { ...machine, disk: new MemoryDisk() };
}

async function rows(store: Store): Promise<Record<string, string>> {
  const list = await store.read((tx) => tx.range(allKeys, { limitRows: 10_000 }));
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return Object.fromEntries(list.map((row) => [decode(row.key), decode(row.value)]));
}

const set = (store: Store, key: string, value: string) =>
  store.transact((tx) => tx.set(text.encode(key), text.encode(value)));

test("ST8: a crash at any moment loses nothing that was acknowledged", async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const world = newWorld();
    const random = new SeededRandom(seed);
    const acknowledged = new Map<string, number>();
    const attempted = new Map<string, number>();
    for (let life = 0; life < 3; life += 1) {
      const store = await openMemoryStore({ world, folder });
      const found = await rows(store);
      for (const [key, count] of acknowledged)
        expect(Number(found[key])).toBeGreaterThanOrEqual(count);
      for (const [key, count] of Object.entries(found)) {
        expect(Number(count)).toBeLessThanOrEqual(attempted.get(key) ?? -1);
      }
      let alive = true;
      const writer = async (key: string) => {
        for (let count = (attempted.get(key) ?? 0) + 1; alive; count += 1) {
          attempted.set(key, count);
          try {
            await set(store, key, String(count));
          } catch {
            return;
          }
          if (alive) acknowledged.set(key, count);
        }
      };
      const writers = ["a", "b", "c"].map(writer);
      for (let turns = Math.floor(random.next() * 200); turns > 0; turns -= 1) await null;
      alive = false;
      world.disk.crash(random);
      await Promise.all(writers);
      await store.close().catch(() => {});
    }
  }
});

test("ST14: damage anywhere before the last record is reported, and the store is not opened", async () => {
  const world = newWorld();
  let store = await openMemoryStore({ world, folder });
  for (let count = 0; count < 20; count += 1) await set(store, `k${count}`, "x".repeat(count * 3));
  await store.close();
  const file = await world.disk.open(path, { create: false });
  const size = await file.size();
  const whole = await file.read(0, size);
  const lastRecordBytes = 17 + 70;
  for (let at = 0; at < size - lastRecordBytes; at += 7) {
    await file.write(at, Uint8Array.of(whole[at]! ^ 0x20));
    const failure = await openMemoryStore({ world, folder }).catch((error: unknown) => error);
    expect(isHoldfastError(failure, "corrupt", "unsupported_version"), `byte ${at}`).toBe(true);
    const report = await verifyMemoryLog({ world, folder });
    expect(report.problems).toHaveLength(1);
    await file.write(at, whole.subarray(at, at + 1));
  }
  store = await openMemoryStore({ world, folder });
  expect(Object.keys(await rows(store))).toHaveLength(20);
  await store.close();
});

test("ST14: a log that is cut off anywhere opens with a whole number of commits", async () => {
  const world = newWorld();
  const store = await openMemoryStore({ world, folder });
  for (let count = 0; count < 10; count += 1) await set(store, `k${count}`, String(count));
  await store.close();
  const file = await world.disk.open(path, { create: false });
  const whole = await file.read(0, await file.size());
  let before = 10;
  for (let size = whole.length; size >= 10; size -= 1) {
    await file.truncate(0);
    await file.append(whole.subarray(0, size));
    const report = await verifyMemoryLog({ world, folder });
    expect(report.problems).toEqual([]);
    expect(report.rows).toBeLessThanOrEqual(before);
    before = report.rows;
  }
  expect(before).toBe(0);
});

test("ST8: a log that grows is written anew, and keeps what it held", async () => {
  const world = newWorld();
  let store = await openMemoryStore({ world, folder });
  const big = "x".repeat(90_000);
  for (let count = 0; count < 130; count += 1) await set(store, `k${count % 15}`, `${count}${big}`);
  const file = await world.disk.open(path, { create: false });
  expect(await file.size()).toBeLessThan(6_000_000);
  const before = await rows(store);
  const { version } = await set(store, "last", "1");
  await store.close();
  store = await openMemoryStore({ world, folder });
  expect(await rows(store)).toEqual({ ...before, last: "1" });
  expect((await set(store, "last", "2")).version).toBeGreaterThan(version);
  await store.close();
  const report = await verifyMemoryLog({ world, folder });
  expect(report).toMatchObject({ rows: 16, problems: [], notes: [], version: version + 1 });
});

test("ST13: a full disk refuses the commit as disk_full, keeps nothing of it, and the store goes on", async () => {
  const world = newWorld();
  let store = await openMemoryStore({ world, folder });
  await set(store, "a", "1");
  world.disk.capacityBytes = 3_000;
  const refused = await set(store, "b", "x".repeat(5_000)).catch((error: unknown) => error);
  expect(isHoldfastError(refused, "disk_full")).toBe(true);
  expect(await rows(store)).toEqual({ a: "1" });
  await set(store, "c", "small");
  await store.close();
  world.disk.capacityBytes = Number.POSITIVE_INFINITY;
  store = await openMemoryStore({ world, folder });
  expect(await rows(store)).toEqual({ a: "1", c: "small" });
  await store.close();
});

test("ST13: after an error of the device the store stops, and says why", async () => {
  const world = newWorld();
  const store = await openMemoryStore({ world, folder });
  await set(store, "a", "1");
  world.disk.crash();
  for (let again = 0; again < 2; again += 1) {
    const failure = await set(store, "b", "1").catch((error: unknown) => error);
    expect(isHoldfastError(failure, "io")).toBe(true);
  }
  await store.close();
});

test("ST12: a folder that is in use is locked, and free after closing", async () => {
  const world = newWorld();
  const store = await openMemoryStore({ world, folder });
  const second = await openMemoryStore({ world, folder }).catch((error: unknown) => error);
  expect(isHoldfastError(second, "locked")).toBe(true);
  await store.close();
  await (await openMemoryStore({ world, folder })).close();
});

const writeSet = fc
  .array(
    fc.record({
      key: fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom("a", "b", "\x80") }),
      value: fc.option(fc.uint8Array({ maxLength: 20 })),
      end: fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom("a", "b", "\x80") }),
      clears: fc.boolean(),
    }),
  )
  .map((steps) => {
    const writes = new WriteSet();
    for (const { key, value, end, clears } of steps) {
      if (clears && key < end) writes.clearSpan({ start: key as KeyText, end: end as KeyText });
      else writes.set(key as KeyText, value);
    }
    return writes;
  });

test("ST14: a commit's bytes decode to what was encoded; any other bytes fail with a code", () => {
  const version = 7 as CommitVersion;
  fc.assert(
    fc.property(
      writeSet,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      (writes, hits) => {
        const bytes = encodeCommit({ version, writes });
        const back = decodeCommit(bytes);
        expect(back.version).toBe(version);
        expect(encodeCommit(back)).toEqual(bytes);
        for (const [at, value] of hits) bytes[at % bytes.length] = value;
        const cut = hits.length > 0 ? bytes.subarray(0, hits[0]![0] % (bytes.length + 1)) : bytes;
        for (const damaged of [bytes, cut]) {
          try {
            decodeCommit(damaged);
          } catch (error) {
            expect(isHoldfastError(error, "corrupt", "truncated", "too_large"), String(error)).toBe(
              true,
            );
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});
