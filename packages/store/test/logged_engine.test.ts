// The log in front of an engine, on a disk that crashes: against the rows of every version.
//
// The engine behind it is the one with a log of its own, on the same disk.

import { HoldfastError, isHoldfastError, randomBelow, SeededRandom } from "@holdfast/std";
import { ManualClock, MemoryDisk, type World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { expect, onTestFinished, test } from "vitest";
import { LogEngine } from "../src/drivers/memory/log_engine.ts";
import type { EngineSnapshot } from "../src/engine.ts";
import { firstText, type KeyText, lastText } from "../src/key.ts";
import { CommitLog, checkCommitLog } from "../src/logged/commit_log.ts";
import { LoggedEngine, type LogLimits } from "../src/logged/logged_engine.ts";
import type { CommitVersion } from "../src/store.ts";
import { WriteSet } from "../src/write_set.ts";

const identity = new Uint8Array(16).fill(1);
const folder = "/data";
const keys = ["a", "ab", "b", "c", "ca", "d", "x"] as KeyText[];
const limits: LogLimits = {
  settleMs: 1_000,
  rowsSizeBytes: 60,
  logSizeBytes: 400,
  factorMax: 2,
  directSizeBytes: 150,
};

interface Place {
  readonly disk: MemoryDisk;
  readonly clock: ManualClock;
  open(clock?: ManualClock): Promise<LoggedEngine>;
}

function newPlace(own: Partial<LogLimits> = {}): Place {
  const [disk, first] = [new MemoryDisk(), new ManualClock()];
  const open = async (clock = first) => {
    const world: World = { ...nodeWorld(), disk, clock };
    await disk.makeFolder(folder);
    const engine = await LogEngine.open({ world, folder: "/rows" });
    return LoggedEngine.open({
      disk,
      clock,
      folder,
      identity,
      engine,
      limits: { ...limits, ...own },
    });
  };
  return { disk, clock: first, open };
}

type Rows = ReadonlyMap<KeyText, string>;

/** Writes of each kind, small ones and some too large for the log; what they make of `rows`. */
function randomWrites(rows: Rows, count: number, random: SeededRandom): [WriteSet, Rows] {
  const writes = new WriteSet();
  const after = new Map(rows);
  const pick = () => keys[randomBelow(random, keys.length)]!;
  for (let left = randomBelow(random, 4); left >= 0; left -= 1) {
    const kind = randomBelow(random, 8);
    const [start, end] = [pick(), pick()].sort() as [KeyText, KeyText];
    if (kind === 0 && start < end) {
      writes.clearSpan({ start, end });
      for (const key of keys) if (key >= start && key < end) after.delete(key);
    } else if (kind === 1) {
      writes.set(start, null);
      after.delete(start);
    } else {
      const value = new Uint8Array(kind === 2 ? 160 : 1 + randomBelow(random, 5)).fill(count);
      writes.set(start, value);
      after.set(start, value.join());
    }
  }
  return [writes, after];
}

async function expectRows(snapshot: EngineSnapshot, rows: Rows): Promise<void> {
  const expected = [...rows].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const limit of [1, 3, 100]) {
    for (const reverse of [false, true]) {
      const found = await snapshot.range(firstText, lastText, limit, reverse);
      const wanted = (reverse ? [...expected].reverse() : expected).slice(0, limit);
      expect(found.map(({ key, value }) => [key, value.join()])).toEqual(wanted);
    }
  }
  for (const key of keys) expect((await snapshot.get(key))?.join()).toBe(rows.get(key));
}

test("ST8: a crash at any moment loses nothing acknowledged, and leaves the rows of one version", async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const random = new SeededRandom(seed);
    const { disk, open } = newPlace();
    const versions = new Map<number, Rows>([[0, new Map()]]);
    let [acknowledged, asked] = [0, 0];
    for (let life = 0; life < 4; life += 1) {
      // Its own: what of the life before still waits for time waits for ever.
      const clock = new ManualClock();
      const engine = await open(clock);
      expect(engine.version, `seed ${seed}`).toBeGreaterThanOrEqual(acknowledged);
      expect(engine.version).toBeLessThanOrEqual(asked);
      const first = engine.snapshot();
      await expectRows(first, versions.get(engine.version)!);
      first.release();
      const held: { snapshot: EngineSnapshot; rows: Rows }[] = [];
      let isAlive = true;
      const writer = async () => {
        for (let count = engine.version + 1; isAlive; count += 1) {
          const [writes, rows] = randomWrites(versions.get(count - 1)!, count, random);
          versions.set(count, rows);
          asked = count;
          await engine.commit(count as CommitVersion, writes);
          if (isAlive) acknowledged = count;
        }
      };
      // Else it would go on for ever where an expectation fails.
      onTestFinished(() => {
        isAlive = false;
      });
      const writing = writer().catch(() => {});
      for (let step = randomBelow(random, 12); step > 0; step -= 1) {
        for (let turns = randomBelow(random, 80); turns > 0; turns -= 1) await null;
        if (randomBelow(random, 3) === 0) await clock.advance(limits.settleMs);
        const { version } = engine;
        held.push({ snapshot: engine.snapshot(), rows: versions.get(version)! });
        expect(held.at(-1)!.snapshot.version).toBe(version);
        const { snapshot, rows } = held[randomBelow(random, held.length)]!;
        await expectRows(snapshot, rows);
      }
      isAlive = false;
      if (life % 2 === 0) {
        disk.crash(random);
        await writing;
        // What this life still had to do ends, too, before the next one begins.
        for (let turns = 0; turns < 500; turns += 1) await null;
        continue;
      }
      await writing;
      for (const { snapshot } of held) snapshot.release();
      await engine.close();
      expect(await disk.list(folder)).toEqual([]);
    }
  }
});

async function committed(engine: LoggedEngine, count: number): Promise<void> {
  const writes = new WriteSet();
  writes.set(keys[count % keys.length]!, Uint8Array.of(count));
  await engine.commit(count as CommitVersion, writes);
}

test("ST13: without room commits are refused and leave nothing, what was acknowledged stays", async () => {
  const { disk, open } = newPlace();
  let engine = await open();
  const rows = new Map<KeyText, number>();
  let refused = 0;
  for (let count = 1; refused < 5; count += 1) {
    const version = (engine.version + 1) as CommitVersion;
    const key = `${keys[count % keys.length]}${count}` as KeyText;
    const writes = new WriteSet();
    writes.set(key, new Uint8Array(20));
    if (count === 30) disk.capacityBytes = 4_000;
    try {
      await engine.commit(version, writes);
      rows.set(key, 20);
    } catch (error) {
      if (!isHoldfastError(error, "disk_full")) throw error;
      refused += 1;
      expect(engine.version).toBe(version - 1);
    }
  }
  const expectAll = async () => {
    const snapshot = engine.snapshot();
    const found = await snapshot.range(firstText, lastText, 1_000, false);
    expect(new Map(found.map(({ key, value }) => [key, value.length]))).toEqual(
      new Map([...rows].sort(([one], [other]) => (one < other ? -1 : 1))),
    );
    snapshot.release();
  };
  await expectAll();
  disk.crash();
  engine = await open();
  await expectAll();
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  await committed(engine, engine.version + 1);
  rows.set(keys[engine.version % keys.length]!, 1);
  await engine.close();
  engine = await open();
  await expectAll();
  await engine.close();
});

test("ST13: after a failed sync nothing is acknowledged any more, and what was is there", async () => {
  const { disk, clock } = newPlace();
  let isBroken = false;
  const openFile = disk.open.bind(disk);
  disk.open = async (path, options) => {
    const file = await openFile(path, options);
    const sync = file.sync.bind(file);
    file.sync = async () => {
      if (isBroken) throw new HoldfastError("io", "the device");
      await sync();
    };
    return file;
  };
  const world: World = { ...nodeWorld(), disk, clock };
  const open = async () =>
    LoggedEngine.open({
      ...{ disk, clock, folder: "/rows", identity, limits },
      engine: await LogEngine.open({ world, folder: "/rows" }),
    });
  const engine = await open();
  await committed(engine, 1);
  isBroken = true;
  await expect(committed(engine, 2)).rejects.toMatchObject({ code: "io" });
  isBroken = false;
  await expect(committed(engine, 2)).rejects.toMatchObject({ code: "io" });
  expect(engine.version).toBe(1);
  await engine.close();
  const again = await open();
  expect(again.version).toBeGreaterThanOrEqual(1);
  await again.close();
});

test("ST10: what waits for the engine is bounded, however slow the engine is", async () => {
  const place = newPlace();
  const world: World = { ...nodeWorld(), disk: place.disk, clock: place.clock };
  const slow = await LogEngine.open({ world, folder: "/rows" });
  const commit = slow.commit.bind(slow);
  let go = () => {};
  slow.commit = async (...args) => {
    await new Promise<void>((resolve) => {
      go = resolve;
    });
    await commit(...args);
  };
  await place.disk.makeFolder(folder);
  const { disk, clock } = place;
  const engine = await LoggedEngine.open({ disk, clock, folder, identity, engine: slow, limits });
  let done = 0;
  const writing = (async () => {
    for (let count = 1; count <= 400; count += 1) {
      await committed(engine, count);
      done = count;
    }
  })();
  const rest = async () => {
    for (let turns = 0; turns < 20_000; turns += 1) await null;
  };
  await rest();
  const before = done;
  await rest();
  expect(done).toBe(before);
  expect(before).toBeLessThan(200);
  const releasing = (async () => {
    for (; done < 400; await null) go();
  })();
  await Promise.all([writing, releasing]);
  const closing = engine.close();
  let isClosed = false;
  void closing.then(() => {
    isClosed = true;
  });
  for (; !isClosed; await null) go();
});

/** Files of a log whose commits the engine does not have, as a crash leaves them. */
async function crashed(): Promise<Place & { readonly names: readonly string[] }> {
  const place = newPlace({ rowsSizeBytes: 1e9, logSizeBytes: 1e9 });
  const engine = await place.open();
  for (let count = 1; count <= 10; count += 1) await committed(engine, count);
  place.disk.crash();
  return { ...place, names: await place.disk.list(folder) };
}

test("ST14: a damaged log, or one that lacks a file, is refused; a torn end is cut off", async () => {
  const { disk, open, names } = await crashed();
  expect(names).toEqual(["commits.1"]);
  const file = await disk.open(`${folder}/commits.1`, { create: false });
  const size = await file.size();
  const whole = await file.read(0, size);
  let refused = 0;
  for (let at = 0; at < size; at += 7) {
    await file.write(at, Uint8Array.of(whole[at]! ^ 0x40));
    await file.sync();
    const report = await checkCommitLog({ disk, folder, identity }, 0 as CommitVersion);
    if (report.problem !== null) refused += 1;
    // Of the last commit nobody can tell damage from a torn end.
    else expect(report.version).toBe(9);
    await file.write(at, Uint8Array.of(whole[at]!));
  }
  expect(refused).toBeGreaterThan(size / 7 - 10);
  await file.truncate(size - 3);
  await file.sync();
  const engine = await open();
  expect(engine.version).toBe(9);
  await engine.close();

  const gap = newPlace();
  await gap.disk.makeFolder(folder);
  const place = { disk: gap.disk, folder, identity };
  const log = await CommitLog.open(place, 0 as CommitVersion, () => {});
  for (let count = 1; count <= 4; count += 1) {
    const [before, version] = [count - 1, count] as CommitVersion[];
    await log.append(before!, { version: version!, writes: new WriteSet() });
    if (count === 2) {
      await log.prepare();
      log.switch();
    }
  }
  await log.close();
  expect(await checkCommitLog(place, 0 as CommitVersion)).toMatchObject({ version: 4, commits: 4 });
  expect(await checkCommitLog(place, 3 as CommitVersion)).toMatchObject({ version: 4, commits: 1 });
  await gap.disk.remove(`${folder}/commits.1`);
  expect(await checkCommitLog(place, 2 as CommitVersion)).toMatchObject({ version: 4, commits: 2 });
  await expect(gap.open()).rejects.toMatchObject({ code: "corrupt" });
});

test("ST14: the log of another store that was in the folder is not read", async () => {
  const { disk, clock, open } = await crashed();
  const place = { disk, folder, identity: new Uint8Array(16).fill(2) };
  expect(await checkCommitLog(place, 0 as CommitVersion)).toMatchObject({ version: 0, commits: 0 });
  const world: World = { ...nodeWorld(), disk, clock };
  const engine = await LogEngine.open({ world, folder: "/others" });
  const other = await LoggedEngine.open({ ...place, clock, engine, limits });
  expect(other.version).toBe(0);
  await committed(other, 1);
  await other.close();
  // It has thrown away what could not be its own.
  expect(await disk.list(folder)).toEqual([]);
  const engineAgain = await open();
  expect(engineAgain.version).toBe(0);
});

test("a log of commits is, to the byte, what every release reads", async () => {
  const { disk } = await crashed();
  const file = await disk.open(`${folder}/commits.1`, { create: false });
  const bytes = await file.read(0, 12 + 17 + 17 + 17 + 9);
  expect(Buffer.from(bytes).toString("hex")).toBe(
    [
      "48464c00 07 636f6d6d697473", // "HFL", version 0, "commits"
      "48 f66087f9 00000011 00000000 0000000c", // a record of 17 bytes
      "00 01010101010101010101010101010101", // format 0, the store
      "48 99830486 00000009 00000000 0000002e",
      "00 01 00 01 02 6162 02 01", // after 0: version 1, no span, one key, "ab", a value of 1
    ]
      .join("")
      .replaceAll(" ", ""),
  );
});
