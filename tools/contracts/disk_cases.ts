// One contract, every disk: the cases that each has to pass.

import { randomBelow, SeededRandom } from "@holdfast/std";
import type { Disk } from "@holdfast/world";
import { describe, expect, test } from "vitest";

/** A disk under test. */
export interface DiskCase {
  readonly name: string;
  readonly disk: Disk;
  /** Where a folder of this name may be made. */
  readonly folder: (name: string) => string;
  /** Runs a test; a simulated disk has its time pass meanwhile. */
  readonly run: (work: () => Promise<void>) => Promise<void>;
}

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const code = (expected: string) => ({ name: "HoldfastError", code: expected });

/** Has a disk pay for each promise of the contract. */
export function describeDisk({ name, disk, folder, run }: DiskCase): void {
  describe(`the ${name} disk`, () => {
    const check = (title: string, work: () => Promise<void>): void => {
      test(title, () => run(work));
    };

    async function fresh(within: string): Promise<string> {
      await disk.makeFolder(folder(within));
      return folder(within);
    }

    check("keeps what was appended, over closing and opening", async () => {
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

    check("reads up to the end and no further", async () => {
      const file = await disk.open(`${await fresh("read")}/log`, { create: true });
      await file.append(bytes(1, 2, 3));
      expect(await file.read(1, 2 ** 40)).toEqual(bytes(2, 3));
      expect(await file.read(3, 10)).toEqual(bytes());
      expect(await file.read(100, 10)).toEqual(bytes());
      expect(await file.read(0, 0)).toEqual(bytes());
      await expect(file.read(-1, 2)).rejects.toMatchObject(code("invalid_argument"));
      await file.close();
    });

    check("writes over what is there, and refuses to leave a hole", async () => {
      const file = await disk.open(`${await fresh("write")}/log`, { create: true });
      await file.append(bytes(1, 2, 3));
      await file.write(1, bytes(8, 9, 9));
      expect(await file.read(0, 10)).toEqual(bytes(1, 8, 9, 9));
      await expect(file.write(5, bytes(1))).rejects.toMatchObject(code("invalid_argument"));
      expect(await file.size()).toBe(4);
      await file.close();
    });

    check("cuts, and lengthens with zeros", async () => {
      const file = await disk.open(`${await fresh("truncate")}/log`, { create: true });
      await file.append(bytes(1, 2, 3));
      await file.truncate(1);
      await file.truncate(3);
      expect(await file.read(0, 10)).toEqual(bytes(1, 0, 0));
      expect(await file.append(bytes(7))).toBe(3);
      await expect(file.truncate(-1)).rejects.toMatchObject(code("invalid_argument"));
      await file.close();
    });

    check("takes calls that overlap in their order", async () => {
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

    check("behaves as an array of bytes does, at random", async () => {
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

    check("refuses a file that was closed", async () => {
      const file = await disk.open(`${await fresh("closed")}/log`, { create: true });
      await file.close();
      await file.close();
      await expect(file.append(bytes(1))).rejects.toMatchObject(code("closed"));
      await expect(file.sync()).rejects.toMatchObject(code("closed"));
    });

    check("says what is not there", async () => {
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

    check("lists, renames over, and removes names", async () => {
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

    check("gives a lock to one holder at a time", async () => {
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
}
