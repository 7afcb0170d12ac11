// One contract, every disk.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Disk, MemoryDisk } from "@holdfast/world";
import { NodeDisk } from "@holdfast/world/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeDisk } from "../../../tools/contracts/disk_cases.ts";
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

for (const { name, disk, folder } of disks) {
  describeDisk({ name, disk, folder, run: (work) => work() });
}

describe("the node disk, beside the contract", () => {
  const disk = new NodeDisk();

  test("a lock is held against other processes, and ends with kill -9 of the holder", async () => {
    const path = join(real, "shared-lock");
    const holder = await startChild("hold_lock", { args: [path] });
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
    const child = await startChild("fill_file", { args: [path], before: limiter });
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
