// The record log of @holdfast/world on a disk that loses power, tears, fails and lies.
//
// What the log detects, and what no log alone can:
//   torn, lost, killed    each acknowledged record is there, in order
//   errors, no room       the same
//   bit rot, writes gone  never a wrong record: a damaged one with a later sync after
//   astray                it is refused as corrupt; damage in the last batch looks
//                         like a torn tail and is cut off
//   lying syncs           never a wrong record; the tail may go in silence, since
//                         nothing on the disk tells of it

import { isHoldfastError, randomBelow, type SeededRandom } from "@holdfast/std";
import { type Disk, RecordLog, replaceRecordLog } from "@holdfast/world";
import { describe, expect, test } from "vitest";
import type { Unsynced } from "../src/faults/fault.ts";
import { DiskBench } from "./disk_bench.ts";

const path = "data/log";
const allUnsynced: readonly Unsynced[] = ["lost", "torn", "kept"];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function openLog(disk: Disk): Promise<{ log: RecordLog; records: string[] }> {
  await disk.makeFolder("data");
  const records: string[] = [];
  const log = await RecordLog.open({
    disk,
    path,
    purpose: "test",
    onRecord: (payload) => records.push(new TextDecoder().decode(payload)),
  });
  return { log, records };
}

/** A record that is like no other, and often spans sectors. */
function recordOf(number: number, random: SeededRandom): string {
  const length = random.next() < 0.5 ? randomBelow(random, 60) : randomBelow(random, 3_000);
  return `${number}:${"H".repeat(length)}`;
}

/** What a log may hold: the records known to be there, and then, in order, those that may be. */
interface Books {
  known: string[];
  maybe: string[];
}

/** One process: appends, some awaited, until `steps` events have passed. */
async function live(bench: DiskBench, books: Books, log: RecordLog, steps: number): Promise<void> {
  const { random } = bench;
  const written: { text: string; state: "open" | "kept" | "refused" }[] = [];
  const work = async (): Promise<void> => {
    for (let index = 0; index < 12; index += 1) {
      const entry = { text: recordOf(index, random), state: "open" as "open" | "kept" | "refused" };
      entry.text = `${bench.loop.nowMs}/${entry.text}`;
      written.push(entry);
      const appended = log.append(bytes(entry.text)).then(
        () => {
          entry.state = "kept";
        },
        (error) => {
          if (isHoldfastError(error, "disk_full")) entry.state = "refused";
          else if (!isHoldfastError(error, "io", "closed")) throw error;
        },
      );
      if (random.next() < 0.6) await appended;
    }
  };
  void work();
  await bench.loop.step(steps);
  const left = written.filter(({ state }) => state !== "refused");
  const keptCount = left.map(({ state }) => state).lastIndexOf("kept") + 1;
  const texts = left.map(({ text }) => text);
  books.known = [...books.known, ...texts.slice(0, keptCount)];
  books.maybe = texts.slice(keptCount);
}

/** Opens as often as it takes while calls may fail with `io`. */
async function openAtLast(bench: DiskBench): Promise<{ log: RecordLog; records: string[] }> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const disk = bench.boot();
      return await bench.run(() => openLog(disk));
    } catch (error) {
      if (attempt > 50 || !isHoldfastError(error, "io", "disk_full")) throw error;
      bench.kill();
      // Waits, as whoever starts programs again does.
      await bench.loop.step();
    }
  }
}

function end(bench: DiskBench): void {
  const how = randomBelow(bench.random, 5);
  if (how === 4) bench.kill();
  else bench.losePower(allUnsynced[how % 3 === 0 ? 1 : how % 3]!);
}

/** Several processes, one after the other, on one disk. */
async function generations(
  seed: number,
  trouble: (bench: DiskBench) => void,
  check: (found: readonly string[], books: Books) => void,
): Promise<DiskBench> {
  const bench = new DiskBench(seed);
  const books: Books = { known: [], maybe: [] };
  for (let life = 0; life < 6; life += 1) {
    trouble(bench);
    const { log, records } = await openAtLast(bench);
    check(records, books);
    books.known = records;
    await live(bench, books, log, randomBelow(bench.random, 40));
    end(bench);
  }
  return bench;
}

const nothingLost = (found: readonly string[], { known, maybe }: Books): void => {
  expect(found.slice(0, known.length)).toEqual(known);
  expect(found).toEqual([...known, ...maybe].slice(0, found.length));
};

describe("RecordLog", () => {
  test("keeps all that it acknowledged, in order, whatever a power loss or a kill leaves", async () => {
    let bites = 0;
    for (let seed = 0; seed < 150; seed += 1) {
      const bench = await generations(seed, () => undefined, nothingLost);
      bites += bench.count("power_loss");
    }
    expect(bites).toBeGreaterThan(60);
  });

  test("does so where calls fail, too", async () => {
    const bites = { read_error: 0, write_error: 0, sync_error: 0, disk_full: 0 };
    for (let seed = 0; seed < 150; seed += 1) {
      let undo: (() => void)[] = [];
      const trouble = (bench: DiskBench): void => {
        for (const end of undo) end();
        const rates = { readErrorRate: 0.1, writeErrorRate: 0.1, syncErrorRate: 0.3 };
        undo = [bench.random.next() < 0.5 ? bench.model.fail(rates) : () => undefined];
        if (bench.random.next() < 0.3) {
          const refill = bench.model.fill();
          bench.loop.after(20 * bench.random.next(), refill);
        }
      };
      const bench = await generations(seed, trouble, nothingLost);
      for (const kind of Object.keys(bites) as (keyof typeof bites)[])
        bites[kind] += bench.count(kind);
    }
    for (const count of Object.values(bites)) expect(count).toBeGreaterThan(10);
  });

  test("a log whose making was cut short, at any step, is made again", async () => {
    for (const unsynced of allUnsynced) {
      for (let steps = 0; steps < 12; steps += 1) {
        for (let seed = 0; seed < 20; seed += 1) {
          const bench = new DiskBench(seed);
          const first = bench.boot();
          openLog(first).catch(() => undefined);
          await bench.loop.step(steps);
          bench.losePower(unsynced);
          const { log, records } = await openAtLast(bench);
          expect(records).toEqual([]);
          await bench.run(() => log.append(bytes("first")));
          bench.losePower("lost");
          expect((await openAtLast(bench)).records).toEqual(["first"]);
        }
      }
    }
  });

  test("what a failed sync left in the cache is durable once the log was opened again", async () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const bench = new DiskBench(seed);
      const { log } = await openAtLast(bench);
      await bench.run(() => log.append(bytes("first")));
      const undo = bench.model.fail({ syncErrorRate: 1 });
      const big = "x".repeat(9_000);
      await expect(bench.run(() => log.append(bytes(big)))).rejects.toMatchObject({ code: "io" });
      undo();
      bench.kill();
      const again = await openAtLast(bench);
      expect(again.records).toEqual(["first", big]);
      await bench.run(() => again.log.append(bytes("third")));
      bench.losePower("lost");
      expect((await openAtLast(bench)).records).toEqual(["first", big, "third"]);
    }
  });

  test("a stopped log answers each call with what stopped it", async () => {
    const bench = new DiskBench(1);
    const { log } = await openAtLast(bench);
    const place = await bench.run(() => log.append(bytes("first")));
    bench.model.fail({ syncErrorRate: 1 });
    const refused = { code: "io" };
    await expect(bench.run(() => log.append(bytes("second")))).rejects.toMatchObject(refused);
    await expect(bench.run(() => log.append(bytes("third")))).rejects.toMatchObject(refused);
    await expect(bench.run(() => log.read(place))).rejects.toMatchObject(refused);
    await expect(bench.run(() => log.readMany([place]))).rejects.toMatchObject(refused);
  });

  test("is replaced in one step: whenever the power goes, the old one is there or the new one", async () => {
    const outcomes = { old: 0, new: 0 };
    const replacement = [bytes("new"), bytes("e".repeat(5_000)), bytes("r")];
    for (const unsynced of allUnsynced) {
      for (let steps = 0; steps < 14; steps += 1) {
        for (let seed = 0; seed < 15; seed += 1) {
          const bench = new DiskBench(seed);
          const { log } = await openAtLast(bench);
          await bench.run(() => log.append(bytes("old")));
          await bench.run(() => log.close());
          bench.kill();
          const disk = bench.boot();
          let done = false;
          void replaceRecordLog(disk, path, "test", replacement).then(() => {
            done = true;
          });
          await bench.loop.step(steps);
          const doneBefore = done;
          bench.losePower(unsynced);
          const { records } = await openAtLast(bench);
          if (records[0] === "old") {
            expect(records).toEqual(["old"]);
            expect(doneBefore).toBe(false);
            outcomes.old += 1;
          } else {
            expect(records).toEqual(["new", "e".repeat(5_000), "r"]);
            outcomes.new += 1;
          }
        }
      }
    }
    expect(outcomes.old).toBeGreaterThan(50);
    expect(outcomes.new).toBeGreaterThan(50);
  });

  test("what comes after a making or a replacing that was killed, at any step, stays", async () => {
    for (const replaced of [false, true]) {
      for (let steps = 0; steps < 14; steps += 1) {
        for (let seed = 0; seed < 5; seed += 1) {
          const bench = new DiskBench(seed);
          if (replaced) {
            const { log } = await openAtLast(bench);
            await bench.run(() => log.append(bytes("old")));
            bench.kill();
          }
          const disk = bench.boot();
          if (replaced) void replaceRecordLog(disk, path, "test", [bytes("new")]);
          else void openLog(disk);
          await bench.loop.step(steps);
          bench.kill();
          const { log, records } = await openAtLast(bench);
          await bench.run(() => log.append(bytes("later")));
          bench.losePower("lost");
          expect((await openAtLast(bench)).records).toEqual([...records, "later"]);
        }
      }
    }
  });

  test("under rot, stray writes and lies it gives a prefix of what was written, or refuses", async () => {
    const counts = { refused: 0, shorter: 0, whole: 0 };
    const kinds = ["rot", "misdirect", "lie"] as const;
    const shorterBy = { rot: 0, misdirect: 0, lie: 0 };
    for (const kind of kinds) {
      for (let seed = 0; seed < 100; seed += 1) {
        const bench = new DiskBench(seed);
        const { log } = await openAtLast(bench);
        const written = Array.from({ length: 6 }, (_, index) => recordOf(index, bench.random));
        if (kind === "misdirect") bench.model.misdirect(0.3);
        if (kind === "lie") bench.model.lie();
        for (const text of written) await bench.run(() => log.append(bytes(text)));
        if (kind === "rot") expect(bench.model.rot()).toBe(true);
        bench.losePower("torn");
        try {
          const { records } = await openAtLast(bench);
          expect(records).toEqual(written.slice(0, records.length));
          const isWhole = records.length === written.length;
          counts[isWhole ? "whole" : "shorter"] += 1;
          if (!isWhole) shorterBy[kind] += 1;
          // A lie leaves no trace; of the others only damage to the last batch goes unseen.
          if (kind === "rot") expect(records.length).toBeGreaterThanOrEqual(written.length - 1);
        } catch (error) {
          if (!isHoldfastError(error, "corrupt", "unsupported_version")) throw error;
          counts.refused += 1;
        }
      }
    }
    expect(Math.min(...Object.values(counts), ...Object.values(shorterBy))).toBeGreaterThan(0);
  });
});
