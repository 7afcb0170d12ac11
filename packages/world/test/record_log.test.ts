// The record log over a disk that crashes, fills up and rots.

import { concatBytes, HoldfastError, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryDisk, RecordLog, replaceRecordLog } from "../src/index.ts";

const path = "data/log";

async function openLog(disk: MemoryDisk): Promise<{ log: RecordLog; records: string[] }> {
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

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("RecordLog", () => {
  test("L2: records come back in order, and can be read at their places", async () => {
    const disk = new MemoryDisk();
    const first = await openLog(disk);
    const places = await Promise.all(["a", "", "ccc"].map((text) => first.log.append(bytes(text))));
    expect(await first.log.read(places[2]!)).toEqual(bytes("ccc"));
    expect(await first.log.readMany(places)).toEqual([bytes("a"), bytes(""), bytes("ccc")]);
    expect(await first.log.readMany([places[0]!, places[2]!])).toEqual([bytes("a"), bytes("ccc")]);
    await first.log.close();
    expect((await openLog(disk)).records).toEqual(["a", "", "ccc"]);
  });

  test("L1 L2: whatever a crash tears off, acknowledged records are there, and a prefix of the others", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ maxLength: 40 }), fc.boolean()), { maxLength: 20 }),
        fc.nat(),
        async (steps, seed) => {
          const disk = new MemoryDisk();
          const { log } = await openLog(disk);
          const written: string[] = [];
          let acknowledged = 0;
          for (const [text, wait] of steps) {
            const place = written.push(text);
            const appended = log.append(bytes(text)).then(
              () => {
                acknowledged = Math.max(acknowledged, place);
              },
              () => {},
            );
            if (wait) await appended;
          }
          disk.crash(new SeededRandom(seed));
          const { records } = await openLog(disk);
          expect(records.length).toBeGreaterThanOrEqual(acknowledged);
          expect(records).toEqual(written.slice(0, records.length));
        },
      ),
    );
  });

  test("a damaged record that was synced is corruption, named by its offset; the file stays as it is", async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const place = await log.append(bytes("first"));
    await log.append(bytes("second"));
    await log.close();
    const file = await disk.open(path, { create: false });
    const sizeBytes = await file.size();
    await file.write(place.offset, bytes("F"));
    await expect(openLog(disk)).rejects.toMatchObject({ code: "corrupt" });
    await expect(openLog(disk)).rejects.toThrow(`record at ${place.offset - 17} is damaged`);
    expect(await file.size()).toBe(sizeBytes);
  });

  test("a record that was written over an earlier one is corruption, however good it is", async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const places = [];
    for (const text of ["a", "b", "c"]) places.push(await log.append(bytes(text)));
    await log.close();
    const file = await disk.open(path, { create: false });
    const headSizeBytes = 17;
    const recordSizeBytes = headSizeBytes + 1;
    const start = places[0]!.offset - headSizeBytes;
    await file.write(start, await file.read(places[2]!.offset - headSizeBytes, recordSizeBytes));
    await file.truncate(start + recordSizeBytes);
    await expect(openLog(disk)).rejects.toThrow(`the record at ${start} is not of there`);
  });

  test("a record damaged within a log that replaced another is refused, though nothing came after", async () => {
    const disk = new MemoryDisk();
    await disk.makeFolder("data");
    await replaceRecordLog(disk, path, "test", ["a", "b", "c"].map(bytes));
    const file = await disk.open(path, { create: false });
    const headSizeBytes = 9;
    const recordSizeBytes = 18;
    await file.write(headSizeBytes + 2 * recordSizeBytes - 1, bytes("B"));
    await expect(openLog(disk)).rejects.toThrow(`record at ${headSizeBytes + recordSizeBytes}`);
  });

  test("a new file that got its size and not its bytes is made anew", async () => {
    const disk = new MemoryDisk();
    await disk.makeFolder("data");
    const file = await disk.open(path, { create: true });
    await file.append(new Uint8Array(9));
    const { log } = await openLog(disk);
    await log.append(bytes("first"));
    await log.close();
    expect((await openLog(disk)).records).toEqual(["first"]);
    await file.truncate(0);
    await file.append(new Uint8Array(10));
    await expect(openLog(disk)).rejects.toMatchObject({ code: "corrupt" });
  });

  test("L5: a name that whoever made the file did not live to sync lasts once it was opened", async () => {
    const disk = new MemoryDisk();
    await disk.makeFolder("data");
    const file = await disk.open(path, { create: true });
    await file.append(concatBytes([bytes("HFL"), new Uint8Array([0, 4]), bytes("test")]));
    const again = await openLog(disk);
    await again.log.append(bytes("first"));
    disk.crash();
    expect((await openLog(disk)).records).toEqual(["first"]);
  });

  test("a torn tail is cut off and counted", async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await log.append(bytes("first"));
    await log.close();
    const file = await disk.open(path, { create: false });
    await file.append(bytes("Hgarbage that looks like a start"));
    const again = await openLog(disk);
    expect(again.records).toEqual(["first"]);
    expect(again.log.tornBytes).toBe(32);
    await again.log.append(bytes("second"));
    await again.log.close();
    expect((await openLog(disk)).records).toEqual(["first", "second"]);
  });

  test("L4: a full disk refuses a record, and only that", async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await log.append(bytes("first"));
    disk.capacityBytes = 100;
    const refused = await log.append(new Uint8Array(200)).catch((error) => error);
    expect(refused).toBeInstanceOf(HoldfastError);
    expect(refused.code).toBe("disk_full");
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await log.append(bytes("third"));
    await log.close();
    expect((await openLog(disk)).records).toEqual(["first", "third"]);
  });

  test("L3: after a sync that failed, everything fails", async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    disk.crash();
    await expect(log.append(bytes("first"))).rejects.toMatchObject({ name: "HoldfastError" });
    await expect(log.append(bytes("second"))).rejects.toMatchObject({ name: "HoldfastError" });
  });

  test("a log of another purpose, another file, and another version are refused by name", async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await log.close();
    const file = await disk.open(path, { create: false });
    await file.write(5, bytes("best"));
    await expect(openLog(disk)).rejects.toThrow("log of something else");
    await file.write(3, new Uint8Array([9]));
    await expect(openLog(disk)).rejects.toMatchObject({ code: "unsupported_version" });
    await file.write(0, bytes("PNG"));
    await expect(openLog(disk)).rejects.toThrow("is not a log");
  });

  test("replaced in one step: a crash leaves the old log or the new one", async () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const disk = new MemoryDisk();
      const { log } = await openLog(disk);
      await log.append(bytes("old"));
      await log.close();
      const replacing = replaceRecordLog(disk, path, "test", [bytes("new"), bytes("er")]);
      let done = false;
      const settled = replacing.then(
        () => {
          done = true;
        },
        () => {},
      );
      for (let turn = 0; turn < seed; turn += 1) await Promise.resolve();
      const doneBefore = done;
      disk.crash(new SeededRandom(seed));
      // What still runs finds its files gone; it may only rename, which is one step.
      await settled;
      const whole = JSON.stringify((await openLog(disk)).records);
      expect(['["old"]', '["new","er"]']).toContain(whole);
      if (doneBefore) expect(whole).toBe('["new","er"]');
    }
  });
});
