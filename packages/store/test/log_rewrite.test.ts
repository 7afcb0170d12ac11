// The memory store's log, written anew: what fails while that happens, and what is
// damaged or missing afterwards.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import { allKeys, openMemoryStore, type Store } from "@holdfast/store";
import { MemoryDisk, RecordLog, type World } from "@holdfast/world";
import { describe, expect, test } from "vitest";
import { world as machine } from "./drivers.ts";

const folder = "/data";
const path = "/data/store.log";
const text = new TextEncoder();
const rowsCount = 25;

/** A disk that can't rename, or loses an end of what it renames, while it is told so. */
class StubbornDisk extends MemoryDisk {
  isStubborn = false;
  /** Bytes that are lost. */
  lostBytes = 0;

  override async rename(from: string, to: string): Promise<void> {
    if (this.isStubborn) throw new HoldfastError("io", `rename ${from}: the device failed`);
    const file = await this.open(from, { create: false });
    await file.truncate((await file.size()) - this.lostBytes);
    await super.rename(from, to);
  }
}

type StubbornWorld = World & { readonly disk: StubbornDisk };

const newWorld = (): StubbornWorld => ({ ...machine, disk: new StubbornDisk() });

async function keys(store: Store): Promise<readonly string[]> {
  const rows = await store.read((tx) => tx.range(allKeys, { limitRows: 10_000 }));
  return rows.map(({ key }) => new TextDecoder().decode(key));
}

const setBig = (store: Store, count: number) =>
  store.transact((tx) => {
    tx.set(text.encode(`k${count % rowsCount}`), text.encode(`${count}${"x".repeat(90_000)}`));
  });

async function sizeOf(world: World): Promise<number> {
  const file = await world.disk.open(path, { create: false });
  return file.size();
}

/** Writes until the log is written anew; answers how many commits that took. */
async function writeUntilAnew(world: World, store: Store): Promise<number> {
  for (let count = 1, before = 0; ; count += 1) {
    await setBig(store, count);
    const size = await sizeOf(world);
    if (size < before) return count;
    before = size;
  }
}

describe("a log that is written anew", () => {
  test("ST8 ST13: where that fails, the commit that led to it is acknowledged, and the next one says why", async () => {
    const world = newWorld();
    const store = await openMemoryStore({ world, folder });
    world.disk.isStubborn = true;
    let acknowledged = 0;
    let failure: unknown = null;
    while (failure === null) {
      await setBig(store, acknowledged + 1).then(
        () => {
          acknowledged += 1;
        },
        (error: unknown) => {
          failure = error;
        },
      );
    }
    expect(isHoldfastError(failure, "io")).toBe(true);
    expect(String((failure as Error).cause)).toContain("the device failed");
    await expect(keys(store)).rejects.toMatchObject({ code: "io" });
    await store.close();
    world.disk.isStubborn = false;
    const again = await openMemoryStore({ world, folder });
    expect(await again.read(({ version }) => version)).toBe(acknowledged);
    await again.close();
  });

  // Found by the store scenario: the last write landed elsewhere.
  test("ST14: with its end missing nothing is committed upon it", async () => {
    const world = newWorld();
    const store = await openMemoryStore({ world, folder });
    world.disk.lostBytes = 5;
    await writeUntilAnew(world, store);
    const failure: unknown = await setBig(store, 1).catch((error: unknown) => error);
    expect(isHoldfastError(failure, "io")).toBe(true);
    expect(String((failure as Error).cause)).toContain("it ends at version");
    await store.close();
    await expect(openMemoryStore({ world, folder })).rejects.toMatchObject({ code: "corrupt" });
  });

  test("ST14: with its end missing it is refused, wherever it ends", async () => {
    const world = newWorld();
    const store = await openMemoryStore({ world, folder });
    const version = await writeUntilAnew(world, store);
    await store.close();
    const ends = await recordEnds(world);
    expect(ends.length).toBeGreaterThan(2);
    const file = await world.disk.open(path, { create: false });
    const whole = await file.read(0, await file.size());
    for (const end of ends.slice(0, -1)) {
      for (const size of [end, end + 7]) {
        await file.truncate(0);
        await file.append(whole.subarray(0, size));
        await expect(openMemoryStore({ world, folder })).rejects.toMatchObject({ code: "corrupt" });
      }
    }
    await file.truncate(0);
    await file.append(whole);
    const again = await openMemoryStore({ world, folder });
    expect(await keys(again)).toHaveLength(rowsCount);
    expect(await again.read((snapshot) => snapshot.version)).toBe(version);
    await again.close();
  });

  test("ST14: with a bit of its last row turned over it is refused, though nothing was committed since", async () => {
    const world = newWorld();
    const store = await openMemoryStore({ world, folder });
    await writeUntilAnew(world, store);
    await store.close();
    const [lastRows] = (await recordEnds(world)).slice(-2);
    const file = await world.disk.open(path, { create: false });
    const [byte] = await file.read(lastRows! - 1, 1);
    await file.write(lastRows! - 1, Uint8Array.of(byte! ^ 1));
    await expect(openMemoryStore({ world, folder })).rejects.toMatchObject({ code: "corrupt" });
  });
});

async function recordEnds(world: World): Promise<readonly number[]> {
  const ends: number[] = [];
  const log = await RecordLog.open({
    disk: world.disk,
    path,
    purpose: "store",
    onRecord: (_payload, { offset, length }) => ends.push(offset + length),
  });
  await log.close();
  return ends;
}
