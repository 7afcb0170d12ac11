// One contract, every disk.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { type Disk, MemoryDisk } from "@holdfast/world";
import { NodeDisk } from "@holdfast/world/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nextLine, outputOf, startChild } from "./child.ts";

let real: string;
beforeAll(async () => {
  real = await mkdtemp(join(tmpdir(), "disk-"));
});
afterAll(async () => {
  await rm(real, { recursive: true });
});

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const code = (expected: string) => ({ name: "HoldfastError", code: expected });

const disks: { name: string; disk: Disk; folder: (name: string) => string }[] = [
  { name: "memory", disk: new MemoryDisk(), folder: (name) => `/data/${name}` },
  { name: "node", disk: new NodeDisk(), folder: (name) => join(real, name) },
];

describe.each(disks)("the $name disk", ({ disk, folder }) => {
  async function fresh(name: string): Promise<string> {
    await disk.makeFolder(folder(name));
    return folder(name);
  }

  test("keeps what was appended, over closing and opening", async () => {
    const path = `${await fresh("append")}/log`;
    const file = await disk.open(path, { create: true });
    expect(await file.append(bytes(1, 2, 3))).toBe(0);
    expect(await file.append(bytes())).toBe(3);
    expect(await file.append(bytes(4, 5))).toBe(3);
    await file.sync();
    await file.close();
    const again = await disk.open(path, { create: false });
    expect(await again.size()).toBe(5);
    expect(await again.read(0, 5)).toEqual(bytes(1, 2, 3, 4, 5));
    expect(await again.append(bytes(6))).toBe(5);
    await again.close();
  });

  test("reads up to the end and no further", async () => {
    const file = await disk.open(`${await fresh("read")}/log`, { create: true });
    await file.append(bytes(1, 2, 3));
    expect(await file.read(1, 2 ** 40)).toEqual(bytes(2, 3));
    expect(await file.read(3, 10)).toEqual(bytes());
    expect(await file.read(100, 10)).toEqual(bytes());
    expect(await file.read(0, 0)).toEqual(bytes());
    await expect(file.read(-1, 2)).rejects.toMatchObject(code("invalid_argument"));
    await file.close();
  });

  test("writes over what is there, and refuses to leave a hole", async () => {
    const file = await disk.open(`${await fresh("write")}/log`, { create: true });
    await file.append(bytes(1, 2, 3));
    await file.write(1, bytes(8, 9, 9));
    expect(await file.read(0, 10)).toEqual(bytes(1, 8, 9, 9));
    await expect(file.write(5, bytes(1))).rejects.toMatchObject(code("invalid_argument"));
    expect(await file.size()).toBe(4);
    await file.close();
  });

  test("cuts, and lengthens with zeros", async () => {
    const file = await disk.open(`${await fresh("truncate")}/log`, { create: true });
    await file.append(bytes(1, 2, 3));
    await file.truncate(1);
    await file.truncate(3);
    expect(await file.read(0, 10)).toEqual(bytes(1, 0, 0));
    expect(await file.append(bytes(7))).toBe(3);
    await expect(file.truncate(-1)).rejects.toMatchObject(code("invalid_argument"));
    await file.close();
  });

  test("takes calls that overlap in their order", async () => {
    const file = await disk.open(`${await fresh("order")}/log`, { create: true });
    const calls = [
      file.append(bytes(1, 1)),
      file.append(bytes(2)),
      file.sync(),
      file.write(0, bytes(9)),
      file.read(0, 10),
      file.truncate(2),
      file.append(bytes(5)),
      file.read(0, 10),
    ];
    const results = await Promise.all(calls);
    expect(results[0]).toBe(0);
    expect(results[1]).toBe(2);
    expect(results[4]).toEqual(bytes(9, 1, 2));
    expect(results[6]).toBe(2);
    expect(results[7]).toEqual(bytes(9, 1, 5));
    await file.close();
  });

  test("behaves as an array of bytes does, at random", async () => {
    const path = `${await fresh("model")}/log`;
    for (let seed = 0; seed < 20; seed += 1) {
      const random = new SeededRandom(seed);
      const file = await disk.open(path, { create: true });
      await file.truncate(0);
      let model: number[] = [];
      for (let step = 0; step < 60; step += 1) {
        const offset = randomBelow(random, model.length + 1);
        const piece = random.bytes(randomBelow(random, 50));
        switch (randomBelow(random, 4)) {
          case 0:
            expect(await file.append(piece)).toBe(model.length);
            model.push(...piece);
            break;
          case 1:
            await file.write(offset, piece);
            model.splice(offset, piece.length, ...piece);
            break;
          case 2:
            await file.truncate(offset + 5);
            model = Array.from({ length: offset + 5 }, (_, index) => model[index] ?? 0);
            break;
          default:
            expect([...(await file.read(offset, 20))]).toEqual(model.slice(offset, offset + 20));
        }
      }
      expect([...(await file.read(0, 10_000))]).toEqual(model);
      await file.close();
    }
  });

  test("refuses a file that was closed", async () => {
    const file = await disk.open(`${await fresh("closed")}/log`, { create: true });
    await file.close();
    await file.close();
    await expect(file.append(bytes(1))).rejects.toMatchObject(code("closed"));
    await expect(file.sync()).rejects.toMatchObject(code("closed"));
  });

  test("says what is not there", async () => {
    const inside = await fresh("absent");
    for (const call of [
      () => disk.open(`${inside}/log`, { create: false }),
      () => disk.open(`${inside}/nowhere/log`, { create: true }),
      () => disk.list(`${inside}/nowhere`),
      () => disk.remove(`${inside}/log`),
      () => disk.rename(`${inside}/log`, `${inside}/other`),
      () => disk.syncFolder(`${inside}/nowhere`),
      () => disk.lock(`${inside}/nowhere/lock`),
    ]) {
      await expect(call()).rejects.toMatchObject(code("not_found"));
    }
  });

  test("lists, renames over, and removes names", async () => {
    const inside = await fresh("names");
    await disk.makeFolder(`${inside}/b/deep`);
    await disk.makeFolder(`${inside}/b/deep`);
    for (const name of ["c", "a"]) {
      const file = await disk.open(`${inside}/${name}`, { create: true });
      await file.append(bytes(name.charCodeAt(0)));
      await file.close();
    }
    expect(await disk.list(inside)).toEqual(["a", "b", "c"]);
    await disk.rename(`${inside}/c`, `${inside}/a`);
    await disk.syncFolder(inside);
    expect(await disk.list(inside)).toEqual(["a", "b"]);
    const file = await disk.open(`${inside}/a`, { create: false });
    expect(await file.read(0, 9)).toEqual(bytes("c".charCodeAt(0)));
    await file.close();
    await disk.remove(`${inside}/a`);
    expect(await disk.list(inside)).toEqual(["b"]);
    expect(await disk.list(`${inside}/b`)).toEqual(["deep"]);
  });

  test("gives a lock to one holder at a time", async () => {
    const path = `${await fresh("lock")}/lock`;
    const first = await disk.lock(path);
    await expect(disk.lock(path)).rejects.toMatchObject(code("locked"));
    await first.release();
    const second = await disk.lock(path);
    await first.release();
    await expect(disk.lock(path)).rejects.toMatchObject(code("locked"));
    await second.release();
  });
});

describe("the node disk, beside the contract", () => {
  const disk = new NodeDisk();

  test("a lock is held against other processes, and ends with kill -9 of the holder", async () => {
    const path = join(real, "shared-lock");
    const holder = startChild("hold_lock", { args: [path] });
    expect(await nextLine(holder)).toBe("held");
    await expect(disk.lock(path)).rejects.toMatchObject({
      code: "locked",
      message: `${path} is held by process ${holder.pid}`,
    });
    holder.kill("SIGKILL");
    await once(holder, "exit");
    const lock = await disk.lock(path);
    expect(await readFile(path, "utf8")).toBe(`${process.pid}\n`);
    await lock.release();
  });

  const limiter = ["prlimit", "--fsize=1000000"];
  const limited = spawnSync("prlimit", ["--version"]).status === 0;

  test("a file that may not grow keeps what it had: disk_full", async (context) => {
    if (!limited) context.skip("prlimit is missing; install util-linux");
    const path = join(real, "limited");
    const child = startChild("fill_file", { args: [path], before: limiter });
    const lines = (await outputOf(child)).trim().split("\n");
    expect(lines).toEqual(["disk_full 600000", "disk_full 600000", "appended at 600000"]);
    const content = await readFile(path);
    expect(content).toHaveLength(700_000);
    expect(content.subarray(0, 600_000).every((byte) => byte === 1)).toBe(true);
    expect(content.subarray(600_000).every((byte) => byte === 3)).toBe(true);
  });

  test("F3: after a failed sync no call succeeds", async (context) => {
    if (process.platform !== "linux") context.skip("needs a device that can't be synced");
    const file = await disk.open("/dev/null", { create: false });
    await file.append(bytes(1));
    await expect(file.sync()).rejects.toMatchObject(code("io"));
    await expect(file.append(bytes(1))).rejects.toMatchObject(code("io"));
    await expect(file.sync()).rejects.toMatchObject(code("io"));
    await file.close();
  });

  test("F2: a failed append that can't be cut off again ends the use of the file", async (context) => {
    if (process.platform !== "linux") context.skip("needs a device that is always full");
    const file = await disk.open("/dev/full", { create: false });
    await expect(file.append(bytes(1))).rejects.toMatchObject(code("disk_full"));
    await expect(file.size()).rejects.toMatchObject(code("io"));
    await file.close();
  });

  test("what is no file and no folder is said so, with the path", async () => {
    const path = join(real, "plain");
    await (await disk.open(path, { create: true })).close();
    await expect(disk.makeFolder(path)).rejects.toThrow(`make folder ${path}: EEXIST`);
    await expect(disk.open(join(path, "x"), { create: true })).rejects.toMatchObject(code("io"));
    await expect(disk.open(real, { create: true })).rejects.toMatchObject(code("io"));
  });

  test("a folder that can't be made is said so: no name, below a file, where nobody makes any", async (context) => {
    const path = join(real, "plain file");
    await (await disk.open(path, { create: true })).close();
    await expect(disk.makeFolder("")).rejects.toMatchObject(code("not_found"));
    await expect(disk.makeFolder(join(path, "x", "y"))).rejects.toMatchObject(code("io"));
    if (process.platform !== "linux") context.skip("needs /proc");
    await expect(disk.makeFolder("/proc/holdfast/x")).rejects.toMatchObject(code("not_found"));
  });

  test("one folder can be made by several at once", async () => {
    const path = join(real, "at", "once");
    await Promise.all(Array.from({ length: 8 }, () => disk.makeFolder(path)));
    expect(await disk.list(path)).toEqual([]);
  });
});
