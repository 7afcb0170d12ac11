// A machine's disk: names, processes that end, faults and what is noted of them.

import type { Disk } from "@holdfast/world";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Unsynced } from "../src/faults/fault.ts";
import { DiskBench } from "./disk_bench.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array | null): string | null =>
  content === null ? null : new TextDecoder().decode(content);
const io = { name: "HoldfastError", code: "io" };

async function put(disk: Disk, path: string, content: string, synced = true): Promise<void> {
  const file = await disk.open(path, { create: true });
  await file.append(bytes(content));
  if (synced) await file.sync();
  await file.close();
}

const name = fc.constantFrom("a/x", "a/y", "a/z", "b/x", "b/y");
const nameSteps = fc.array(
  fc.oneof(
    fc.record({ act: fc.constantFrom("create" as const, "remove" as const), name }),
    fc.record({ act: fc.constant("rename" as const), name, to: name }),
    fc.record({ act: fc.constant("rename" as const), name, to: name }),
    fc.record({ act: fc.constant("sync" as const), folder: fc.constantFrom("a", "b") }),
  ),
  { maxLength: 15 },
);

describe("names", () => {
  test("D3: each name is as it was at some moment since its sync, and no rename loses a file", async () => {
    await fc.assert(
      fc.asyncProperty(nameSteps, fc.nat(1_000), async (steps, seed) => {
        const bench = new DiskBench(seed);
        const disk = bench.boot();
        const now = new Map<string, string>();
        /** What each name may hold after a loss of power; absent for ever: only nothing. */
        const may = new Map<string, Set<string | undefined>>();
        const at = (path: string) => may.get(path) ?? new Set([undefined]);
        const note = (path: string) => may.set(path, at(path).add(now.get(path)));
        /** Files whose every name was taken away by a removal or a replacement. */
        const given = new Set<string>();
        const durableFiles = new Set<string>();
        let made = 0;
        await bench.run(async () => {
          for (const folder of ["a", "b"]) await disk.makeFolder(folder);
          for (const step of steps) {
            if (step.act === "sync") {
              await disk.syncFolder(step.folder);
              const inside = [...may.keys(), ...now.keys()].filter((path) =>
                path.startsWith(step.folder),
              );
              for (const path of inside) may.set(path, new Set([now.get(path)]));
              for (const path of inside) if (now.has(path)) durableFiles.add(now.get(path)!);
            } else if (step.act === "create") {
              if (now.has(step.name)) continue;
              made += 1;
              await put(disk, step.name, `${made}`);
              now.set(step.name, `${made}`);
              note(step.name);
            } else if (now.has(step.name)) {
              const content = now.get(step.name)!;
              if (!("to" in step)) {
                await disk.remove(step.name);
                given.add(content);
                now.delete(step.name);
              } else {
                await disk.rename(step.name, step.to);
                const replaced = now.get(step.to);
                if (replaced !== undefined && replaced !== content) given.add(replaced);
                now.delete(step.name);
                now.set(step.to, content);
                note(step.to);
              }
              note(step.name);
            }
          }
        });
        bench.losePower("torn");
        const left = new Map(
          bench.model.files().map((path) => [path, text(bench.model.content(path))!]),
        );
        // A sync of one folder takes along what a rename did in the other, so that
        // only what a name was at no moment at all is wrong there.
        for (const [path, content] of left) expect(at(path)).toContain(content);
        for (const [path, states] of may) {
          if (!states.has(undefined)) expect(left.has(path), `${path} was synced`).toBe(true);
        }
        for (const content of durableFiles) {
          if (!given.has(content)) expect([...left.values()], "N1").toContain(content);
        }
        expect(new Set(left.values()).size, "one name for each file").toBe(left.size);
      }),
      { numRuns: 150 },
    );
  });

  test("D3: a rename that was not synced leaves the old file or the new one, each at times", async () => {
    const outcomes = new Set<string | null>();
    for (let seed = 0; seed < 40; seed += 1) {
      const bench = new DiskBench(seed);
      const disk = bench.boot();
      await bench.run(async () => {
        await put(disk, "log", "old");
        await put(disk, "log.new", "new");
        await disk.syncFolder("");
        await disk.rename("log.new", "log");
      });
      expect(text(bench.model.durable("log"))).toBe("old");
      bench.losePower("torn");
      const isNew = text(bench.model.content("log")) === "new";
      expect(bench.model.files()).toEqual(isNew ? ["log"] : ["log", "log.new"]);
      outcomes.add(text(bench.model.content("log")));
    }
    expect([...outcomes].sort()).toEqual(["new", "old"]);
  });

  test("N2: a file that takes an old name does not stay where the old one's going did not", async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 60; seed += 1) {
      const bench = new DiskBench(seed);
      const disk = bench.boot();
      await bench.run(async () => {
        await put(disk, "log", "old");
        await disk.syncFolder("");
        await disk.rename("log", "log.1");
        await put(disk, "log", "new");
      });
      bench.losePower("torn");
      const left = bench.model.files().map((path) => `${path}=${text(bench.model.content(path))}`);
      outcomes.add(left.join(" "));
    }
    expect([...outcomes].sort()).toEqual(["log.1=old", "log=new log.1=old", "log=old"]);
  });

  test("a sync of either folder makes a rename from one to the other last, and what it rests on", async () => {
    for (const folder of ["a", "b"]) {
      for (const unsynced of ["lost", "torn", "kept"] as const) {
        const bench = new DiskBench(1);
        const disk = bench.boot();
        await bench.run(async () => {
          for (const made of ["a", "b"]) await disk.makeFolder(made);
          await put(disk, "a/x", "1");
          await disk.rename("a/x", "b/x");
          await disk.syncFolder(folder);
        });
        bench.losePower(unsynced);
        expect(bench.model.files()).toEqual(["b/x"]);
        expect(bench.count("power_loss")).toBe(0);
      }
    }
  });

  test("a second loss of power takes what came after the first", async () => {
    const bench = new DiskBench(1);
    const first = bench.boot();
    await bench.run(() => put(first, "x", "1"));
    bench.losePower("kept");
    const second = bench.boot();
    await bench.run(() => put(second, "y", "2"));
    bench.losePower("lost");
    expect(bench.model.files()).toEqual(["x"]);
  });
});

describe("processes that end", () => {
  test("D4: after a kill what was written is read, and of what was under way the first few calls took effect", async () => {
    const outcomes = new Set<string | null>();
    for (let seed = 0; seed < 40; seed += 1) {
      const bench = new DiskBench(seed);
      const disk = bench.boot();
      const file = await bench.run(() => disk.open("x", { create: true }));
      await bench.run(() => file.append(bytes("a")));
      let answered = false;
      for (const piece of ["b", "c"]) {
        void file.append(bytes(piece)).then(() => {
          answered = true;
        });
      }
      bench.kill();
      void file.append(bytes("d"));
      await bench.loop.step();
      expect(answered).toBe(false);
      outcomes.add(text(bench.model.content("x")));
      expect(text(bench.model.durable("x"))).toBe(null);
      bench.losePower("lost");
      expect(bench.model.files()).toEqual([]);
    }
    expect([...outcomes].sort()).toEqual(["a", "ab", "abc"]);
  });

  test("their locks are free, by a kill and by a loss of power; of others they are not", async () => {
    const bench = new DiskBench(1);
    const isHeld = async (disk: Disk): Promise<void> => {
      await expect(bench.run(() => disk.lock("lock"))).rejects.toMatchObject({ code: "locked" });
    };
    const first = bench.boot();
    await bench.run(() => first.lock("lock"));
    await bench.run(() => first.syncFolder(""));
    await isHeld(first);
    bench.boot();
    bench.kill();
    await isHeld(first);
    const second = bench.boot();
    await bench.run(() => second.lock("other"));
    bench.kill();
    const third = bench.boot();
    await bench.run(() => third.lock("other"));
    await isHeld(third);
    bench.losePower("lost");
    const fourth = bench.boot();
    await bench.run(() => fourth.lock("lock"));
  });
});

describe("faults", () => {
  const unsynced: readonly Unsynced[] = ["lost", "torn"];

  test("errors strike at their rate, are noted, and end", async () => {
    const bench = new DiskBench(1);
    const disk = bench.boot();
    const file = await bench.run(() => disk.open("x", { create: true }));
    await bench.run(() => file.append(bytes("abc")));
    const undo = bench.model.fail({ readErrorRate: 0.5, writeErrorRate: 0.5 });
    let failed = 0;
    for (let index = 0; index < 100; index += 1) {
      await bench
        .run(() => file.read(0, 3))
        .catch(() => {
          failed += 1;
        });
    }
    expect(failed).toBeGreaterThan(30);
    expect(failed).toBeLessThan(70);
    expect(bench.count("read_error")).toBe(failed);
    for (let index = 0; index < 100; index += 1) {
      const before = text(bench.model.content("x"));
      await bench
        .run(() => file.append(bytes("d")))
        .catch(() => {
          expect(text(bench.model.content("x"))).toBe(before);
        });
    }
    expect(bench.model.content("x").length).toBe(103 - bench.count("write_error"));
    expect(bench.happenings.filter(({ outcome }) => outcome === "io")).toHaveLength(
      bench.count("write_error"),
    );
    undo();
    undo();
    const bites = bench.bites.length;
    for (let index = 0; index < 20; index += 1) await bench.run(() => file.read(0, 3));
    expect(bench.bites).toHaveLength(bites);
  });

  test("F2: a failed write changes no more than a part of its own range", async () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 40; seed += 1) {
      const bench = new DiskBench(seed);
      const disk = bench.boot();
      const file = await bench.run(() => disk.open("x", { create: true }));
      await bench.run(() => file.append(bytes("abcde")));
      bench.model.fail({ writeErrorRate: 1 });
      await expect(bench.run(() => file.write(2, bytes("WXYZ")))).rejects.toMatchObject(io);
      const left = text(bench.model.content("x"))!;
      const changed = left.match(/[W-Z]/g)?.length ?? 0;
      expect(left).toBe(`ab${"WXY".slice(0, changed)}${"cde".slice(changed)}`);
      lengths.add(changed);
    }
    expect(lengths.size).toBe(4);
  });

  test("F3: after a failed sync no call on that open file succeeds; on another it does", async () => {
    const bench = new DiskBench(1);
    const disk = bench.boot();
    const file = await bench.run(() => disk.open("x", { create: true }));
    await bench.run(() => file.append(bytes("abc")));
    const undo = bench.model.fail({ syncErrorRate: 1 });
    await expect(bench.run(() => file.sync())).rejects.toMatchObject(io);
    undo();
    for (const call of [() => file.sync(), () => file.size(), () => file.append(bytes("d"))]) {
      await expect(bench.run<unknown>(call)).rejects.toMatchObject(io);
    }
    const again = await bench.run(() => disk.open("x", { create: false }));
    expect(text(await bench.run(() => again.read(0, 3)))).toBe("abc");
    expect(bench.bites).toEqual(["sync_error"]);
  });

  test("a full disk refuses what needs room, and only that", async () => {
    const bench = new DiskBench(1);
    const disk = bench.boot();
    const file = await bench.run(() => disk.open("x", { create: true }));
    await bench.run(() => file.append(bytes("abc")));
    const undo = bench.model.fill();
    for (const call of [
      () => file.append(bytes("d")),
      () => file.write(2, bytes("CD")),
      () => file.truncate(4),
      () => disk.open("y", { create: true }),
      () => disk.lock("lock"),
      () => disk.makeFolder("folder"),
    ]) {
      await expect(bench.run<unknown>(call)).rejects.toMatchObject({ code: "disk_full" });
    }
    expect(bench.count("disk_full")).toBe(6);
    await bench.run(async () => {
      await file.write(0, bytes("ABC"));
      await file.truncate(2);
      await disk.rename("x", "z");
      await file.sync();
    });
    undo();
    await bench.run(() => file.append(bytes("d")));
    expect(text(bench.model.content("z"))).toBe("ABd");
    expect(bench.count("disk_full")).toBe(6);
  });

  test("a slow disk takes its factor of time", async () => {
    const timeOf = async (factor: number): Promise<number> => {
      const bench = new DiskBench(1);
      const disk = bench.boot();
      const undo = bench.model.slow(factor);
      const file = await bench.run(() => disk.open("x", { create: true }));
      for (let index = 0; index < 149; index += 1) await bench.run(() => file.sync());
      expect(bench.count("slow_disk")).toBe(factor === 1 ? 0 : 2);
      undo();
      return bench.loop.nowMs;
    };
    expect((await timeOf(10)) / (await timeOf(1))).toBeCloseTo(10);
  });

  test("a lying sync is noted when it claims what is not so, and when that is lost", async () => {
    for (const left of unsynced) {
      const bench = new DiskBench(3);
      const disk = bench.boot();
      const file = await bench.run(() => disk.open("x", { create: true }));
      await bench.run(() => file.sync());
      const undo = bench.model.lie();
      await bench.run(() => file.sync());
      expect(bench.bites).toEqual([]);
      await bench.run(() => file.append(new Uint8Array(20_000).fill(1)));
      await bench.run(() => file.sync());
      await bench.run(() => disk.syncFolder(""));
      expect(bench.bites).toEqual(["lying_sync", "lying_sync"]);
      undo();
      await bench.run(() => disk.syncFolder(""));
      bench.losePower(left);
      expect(bench.bites.slice(2)).toEqual(["power_loss", "lying_sync"]);
      expect(bench.model.files()).toEqual(["x"]);
    }
  });

  test("a true sync after a lying one makes up for it", async () => {
    const bench = new DiskBench(1);
    const disk = bench.boot();
    const undo = bench.model.lie();
    await bench.run(() => put(disk, "x", "abc"));
    undo();
    await bench.run(() => put(disk, "x", "d"));
    await bench.run(() => disk.syncFolder(""));
    bench.losePower("lost");
    expect(text(bench.model.content("x"))).toBe("abcd");
    expect(bench.bites).toEqual(["lying_sync"]);
  });

  test("a misdirected append overwrites something earlier, whole sectors away, and has zeros in its place", async () => {
    const places = new Set<number>();
    for (let seed = 0; seed < 30; seed += 1) {
      const bench = new DiskBench(seed);
      const disk = bench.boot();
      const file = await bench.run(() => disk.open("x", { create: true }));
      await bench.run(() => file.append(new Uint8Array(1_600).fill(1)));
      bench.model.misdirect(1);
      expect(await bench.run(() => file.append(bytes("abc")))).toBe(1_600);
      expect(bench.bites).toEqual(["misdirected_write"]);
      const content = bench.model.content("x");
      expect([...content.subarray(1_600)]).toEqual([0, 0, 0]);
      const place = content.indexOf("a".charCodeAt(0));
      expect(text(content.slice(place, place + 3))).toBe("abc");
      places.add(place);
    }
    expect([...places].sort((left, right) => left - right)).toEqual([64, 576, 1_088]);
  });

  test("a misdirected write goes elsewhere, before its place or after, and leaves that as it was", async () => {
    const places = new Set<number>();
    for (let seed = 0; seed < 30; seed += 1) {
      const bench = new DiskBench(seed);
      const disk = bench.boot();
      const file = await bench.run(() => disk.open("x", { create: true }));
      await bench.run(() => file.append(new Uint8Array(1_600).fill(1)));
      bench.model.misdirect(1);
      await bench.run(() => file.write(600, bytes("abc")));
      const content = bench.model.content("x");
      expect(content).toHaveLength(1_600);
      places.add(content.indexOf("a".charCodeAt(0)));
    }
    expect([...places].sort((left, right) => left - right)).toEqual([88, 1_112]);
  });

  test("rot turns over one bit of one file, and is noted; nothing rots where nothing is durable", async () => {
    const bench = new DiskBench(1);
    expect(bench.model.rot()).toBe(false);
    const disk = bench.boot();
    await bench.run(() => put(disk, "x", "abc", false));
    expect(bench.model.rot()).toBe(false);
    await bench.run(() => put(disk, "y", "abc"));
    await bench.run(() => disk.syncFolder(""));
    expect(bench.model.rot()).toBe(true);
    expect(text(bench.model.content("x"))).toBe("abc");
    expect(bench.model.content("y")).not.toEqual(bytes("abc"));
    expect(bench.model.durable("y")).toEqual(bench.model.content("y"));
    expect(bench.bites).toEqual(["bit_rot"]);
  });

  test("the same seed gives the same disk", async () => {
    const play = async (): Promise<string> => {
      const bench = new DiskBench(7);
      bench.model.fail({ writeErrorRate: 0.2, syncErrorRate: 0.1 });
      bench.model.misdirect(0.1);
      for (let life = 0; life < 5; life += 1) {
        const disk = bench.boot();
        for (let index = 0; index < 10; index += 1)
          void put(disk, `f${index % 3}`, "x".repeat(700)).catch(() => undefined);
        await bench.loop.step(40);
        bench.losePower("torn");
      }
      const contents = bench.model.files().map((path) => [path, [...bench.model.content(path)]]);
      return JSON.stringify([bench.happenings, bench.bites, contents, bench.loop.nowMs]);
    };
    expect(await play()).toBe(await play());
  });
});
