import { randomBelow, SeededRandom } from "@holdfast/std";
import { connectMemory, MemoryDisk, MemoryNetwork } from "@holdfast/world";
import { expect, test } from "vitest";

test("a broken connection loses what waits, a closed one does not", async () => {
  const [left, right] = connectMemory("left", "right");
  left.send(new Uint8Array([1]));
  left.break("cable cut");
  left.send(new Uint8Array([2]));
  expect(await right.closed).toEqual({ kind: "broken", reason: "cable cut" });
  expect(await right.receive()).toEqual(new Uint8Array([1]));
  expect(await right.receive()).toBeNull();
});

test("breakAll cuts every connection, and new ones can be made", async () => {
  const network = new MemoryNetwork();
  const listener = await network.listen("server");
  const first = await network.connect("server");
  network.breakAll("cable cut");
  expect((await first.closed).kind).toBe("broken");
  await listener.accept();
  const second = await network.connect("server");
  const server = await listener.accept();
  second.send(new Uint8Array([7]));
  expect(await server!.receive()).toEqual(new Uint8Array([7]));
});

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

test("a crash leaves what was synced, and nothing else", async () => {
  const disk = new MemoryDisk();
  await disk.makeFolder("data");
  const file = await disk.open("data/log", { create: true });
  await disk.syncFolder("data");
  await file.append(bytes(1, 2, 3, 4));
  await file.sync();
  await file.truncate(2);
  await file.append(bytes(9, 9, 9, 9));
  await file.write(0, bytes(8));
  await disk.open("data/unsynced", { create: true });
  disk.crash();
  await expect(file.size()).rejects.toMatchObject({ code: "closed" });
  expect(await disk.list("data")).toEqual(["log"]);
  const again = await disk.open("data/log", { create: false });
  expect(await again.read(0, 100)).toEqual(bytes(1, 2, 3, 4));
});

test("D1: a crash brings back the last sync, whatever came after it", async () => {
  for (let seed = 0; seed < 100; seed += 1) {
    const random = new SeededRandom(seed);
    const disk = new MemoryDisk();
    let file = await disk.open("log", { create: true });
    await disk.syncFolder("");
    let synced: Uint8Array = bytes();
    for (let step = 0; step < 100; step += 1) {
      const size = await file.size();
      const offset = randomBelow(random, size + 1);
      switch (randomBelow(random, 6)) {
        case 0:
          await file.sync();
          synced = await file.read(0, size);
          break;
        case 1:
          disk.crash();
          file = await disk.open("log", { create: false });
          expect(await file.read(0, 10_000)).toEqual(synced);
          break;
        case 2:
          await file.truncate(offset);
          break;
        case 3:
          await file.append(random.bytes(5));
          break;
        default:
          await file.write(offset, random.bytes(5));
      }
    }
  }
});

test("a crash undoes names that were not made durable", async () => {
  const disk = new MemoryDisk();
  const file = await disk.open("a", { create: true });
  await file.append(bytes(1));
  await file.sync();
  await disk.syncFolder("");
  await disk.rename("a", "b");
  disk.crash();
  expect(await disk.list("")).toEqual(["a"]);
  await disk.rename("a", "b");
  await disk.syncFolder("");
  disk.crash();
  expect(await disk.list("")).toEqual(["b"]);
  await disk.remove("b");
  disk.crash();
  expect(await disk.list("")).toEqual(["b"]);
});

test("a crash with a random tears the tail of a log at any byte", async () => {
  const lengths = new Set<number>();
  for (let seed = 0; seed < 200; seed += 1) {
    const disk = new MemoryDisk();
    const file = await disk.open("log", { create: true });
    await disk.syncFolder("");
    await file.append(bytes(1, 2));
    await file.sync();
    await file.append(bytes(3, 4, 5));
    disk.crash(new SeededRandom(seed));
    const left = await (await disk.open("log", { create: false })).read(0, 10);
    expect([...left]).toEqual([1, 2, 3, 4, 5].slice(0, left.length));
    lengths.add(left.length);
  }
  expect([...lengths].sort()).toEqual([2, 3, 4, 5]);
});

test("a full disk keeps nothing of the write, and a lock ends with a crash", async () => {
  const disk = new MemoryDisk();
  disk.capacityBytes = 4;
  const file = await disk.open("log", { create: true });
  await file.append(bytes(1, 2, 3));
  await expect(file.append(bytes(4, 5))).rejects.toMatchObject({ code: "disk_full" });
  expect(await file.size()).toBe(3);
  await file.append(bytes(4));
  const stale = await disk.lock("lock");
  disk.crash();
  const lock = await disk.lock("lock");
  await stale.release();
  await expect(disk.lock("lock")).rejects.toMatchObject({ code: "locked" });
  await lock.release();
});
