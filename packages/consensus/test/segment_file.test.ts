// Zeros that are written ahead of a log: told from what stands before them, gone from whole
// segments, and no reason to refuse what there is room for.

import { MemoryDisk } from "@holdfast/world";
import { expect, test } from "vitest";
import {
  type Entry,
  type Index,
  type NodeId,
  type PersistId,
  ReplicaDisk,
  type Term,
} from "../src/index.ts";
import { bootstrap, textOf } from "./disk_rig.ts";

const term = 1 as Term;

function open(disk: MemoryDisk, segmentSizeBytes = 4_000): Promise<ReplicaDisk> {
  return ReplicaDisk.open({
    ...{ disk, folder: "raft", id: "a" as NodeId, cluster: "test", bootstrap },
    ...{ applied: 0 as Index, segmentSizeBytes },
  });
}

/** Persists an entry that holds `data`. */
function put(log: ReplicaDisk, index: number, data: Uint8Array): Promise<void> {
  const entry: Entry = { index: index as Index, term, payload: { type: "command", data } };
  const nothing = { chunk: null, install: null, compact: null, healed: false };
  const hard = index === 1 ? { term, vote: null } : null;
  return log.persist({ id: index as PersistId, hard, entries: [entry], ...nothing });
}

async function bytesOf(disk: MemoryDisk): Promise<readonly Uint8Array[]> {
  const names = (await disk.list("raft")).filter((name) => name.startsWith("log-"));
  return Promise.all(
    names.map(async (name) => {
      const file = await disk.open(`raft/${name}`, { create: false });
      return file.read(0, await file.size());
    }),
  );
}

test("DK5: the last segment is as long as was written ahead, others as what stands in them", async () => {
  const disk = new MemoryDisk();
  const log = await open(disk);
  const lengths = new Set<number>();
  for (let index = 1; index <= 60; index += 1) {
    await put(log, index, new Uint8Array(200).fill(index));
    lengths.add((await bytesOf(disk)).at(-1)!.length);
  }
  const { sizeBytes, segments, tornBytes } = log.status;
  const files = await bytesOf(disk);
  expect(files).toHaveLength(segments);
  expect(segments).toBeGreaterThan(2);
  // Most syncs found the file as long as it was.
  expect(lengths.size).toBeLessThan(3 * segments);
  const whole = files.slice(0, -1).reduce((sum, bytes) => sum + bytes.length, 0);
  expect(whole).toBeLessThan(sizeBytes);
  expect(files.at(-1)!.length).toBeGreaterThan(sizeBytes - whole);
  expect(
    files
      .at(-1)!
      .subarray(sizeBytes - whole)
      .every((byte) => byte === 0),
  ).toBe(true);
  expect(tornBytes).toBe(0);
  await log.close();
  const again = await open(disk);
  expect(again.saved.entries).toHaveLength(60);
  expect(again.status).toMatchObject({ sizeBytes, tornBytes: 0, damage: [] });
  await again.close();
});

test("DK1: an entry that ends with zeros is whole, whatever follows it", async () => {
  for (const length of [1, 7, 200, 3_000]) {
    const disk = new MemoryDisk();
    const log = await open(disk);
    await put(log, 1, new Uint8Array(length).fill(1));
    await put(log, 2, new Uint8Array(length));
    await log.close();
    const again = await open(disk);
    expect(again.status.tornBytes).toBe(0);
    await put(again, 3, new Uint8Array(length));
    await again.close();
    const last = await open(disk);
    const data = last.saved.entries.map(({ payload }) =>
      payload.type === "command" ? payload.data.join() : "",
    );
    expect(data).toEqual([1, 0, 0].map((byte) => new Uint8Array(length).fill(byte).join()));
    await last.close();
  }
});

test("a log of a release that wrote nothing ahead is read as it was", async () => {
  const disk = new MemoryDisk();
  const log = await open(disk);
  for (let index = 1; index <= 30; index += 1) await put(log, index, new Uint8Array(90));
  await log.close();
  const [read, { sizeBytes }] = [await open(disk), log.status];
  const files = await bytesOf(disk);
  // Opening has cut what was ahead, and nothing was written since.
  expect(files.reduce((sum, bytes) => sum + bytes.length, 0)).toBe(sizeBytes);
  await read.close();
  const older = await open(disk);
  expect(textOf(older.saved)).toBe(textOf(read.saved));
  await older.close();
});

test("DK3: a disk without room for what is ahead takes what it has room for; and what it refuses is not there", async () => {
  const disk = new MemoryDisk();
  disk.capacityBytes = 3_000;
  let log = await open(disk, 1_000_000);
  let kept = 0;
  const refused = await (async () => {
    for (;;) {
      try {
        await put(log, kept + 1, new Uint8Array(100).fill(7));
        kept += 1;
      } catch (error) {
        return error;
      }
    }
  })();
  expect(refused).toMatchObject({ code: "disk_full" });
  expect(log.status.sizeBytes).toBeGreaterThan(2_800);
  await log.close();
  log = await open(disk, 1_000_000);
  expect(log.saved.entries).toHaveLength(kept);
  expect(log.status.tornBytes).toBe(0);
  disk.capacityBytes = 10_000_000;
  await put(log, kept + 1, new Uint8Array(100));
  await log.close();
});

test("DK3: where the disk is gone under a batch, its write tells so, and its sync is no second failure", async () => {
  const disk = new MemoryDisk();
  const log = await open(disk);
  await put(log, 1, new Uint8Array(200));
  disk.crash();
  const unheard: unknown[] = [];
  const note = (reason: unknown): void => void unheard.push(reason);
  process.on("unhandledRejection", note);
  try {
    await expect(put(log, 2, new Uint8Array(200))).rejects.toMatchObject({ code: "closed" });
    await expect(put(log, 3, new Uint8Array(200))).rejects.toMatchObject({ code: "closed" });
    await new Promise(setImmediate);
  } finally {
    process.off("unhandledRejection", note);
  }
  expect(unheard).toEqual([]);
});
