// The name of a disk is kept, and one that was damaged is told from one that is missing.

import { SeededRandom } from "@holdfast/std";
import { MemoryDisk } from "@holdfast/world";
import { beforeEach, describe, expect, test } from "vitest";
import { openDiskName } from "../src/replica/disk_name.ts";

const path = "/node/disk-name";
let disk: MemoryDisk;
let random: SeededRandom;

beforeEach(async () => {
  disk = new MemoryDisk();
  random = new SeededRandom(5);
  await disk.makeFolder("/node");
});

const open = () => openDiskName({ disk, random }, "/node");

async function kept(): Promise<Uint8Array> {
  const file = await disk.open(path, { create: false });
  const bytes = await file.read(0, 1_000);
  await file.close();
  return bytes;
}

async function put(bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path, { create: true });
  await file.truncate(0);
  await file.append(bytes);
  await file.close();
}

describe("the name of a disk", () => {
  test("is drawn once, and another where the file is missing", async () => {
    const name = await open();
    expect(name).toMatch(/^[0-9a-f]{16}$/);
    expect(await open()).toBe(name);
    await disk.remove(path);
    expect(await open()).not.toBe(name);
  });

  test("is whole, whatever a crash left of another", async () => {
    const left = await disk.open(`${path}.new`, { create: true });
    await left.append(new Uint8Array(100).fill(0x61));
    await left.close();
    const name = await open();
    expect(await open()).toBe(name);
  });

  test("is refused where a bit is another, bytes are missing, or there are more", async () => {
    await open();
    const whole = await kept();
    const flipped = Array.from({ length: whole.length * 8 }, (_, bit) =>
      whole.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
    );
    const shorter = Array.from(whole, (_, length) => whole.slice(0, length));
    const longer = Uint8Array.of(...whole, 0x0a);
    for (const damaged of [...flipped, ...shorter, longer]) {
      await put(damaged);
      await expect(open()).rejects.toMatchObject({
        code: "corrupt",
        message: expect.stringMatching(/disk-name is damaged: .*holdfast cluster replace/),
      });
      expect(await kept()).toEqual(damaged);
    }
    await put(whole);
    await open();
  });
});
