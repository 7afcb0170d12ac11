// Bits that rot, and writes that went astray, in a log that was durable: what is lost is
// never lost in silence. Either opening refuses, or `unsure` reaches as far as anything that
// was answered, or nothing is lost. But for the last request: with nothing after it, its
// damage looks like a torn end, unless the state machine holds what was in it.

import { isHoldfastError, randomBelow, SeededRandom } from "@holdfast/std";
import { MemoryDisk } from "@holdfast/world";
import { describe, expect, test } from "vitest";
import type { Entry, ReplicaDisk, Saved } from "../src/index.ts";
import { fresh, Model, openDisk, textOf } from "./disk_rig.ts";

interface Written {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly states: readonly string[];
  readonly last: Omit<Saved, "applied">;
  /** Every entry that ever stood in the log, by index and term. */
  readonly entries: ReadonlyMap<string, string>;
  /** The last file, and where the last request stands in it; zeros follow. */
  readonly tail: { readonly name: string; readonly from: number; readonly to: number };
}

const keyOf = ({ index, term }: { index: number; term: number }): string => `${index}@${term}`;

async function written(seed: number): Promise<Written> {
  const random = new SeededRandom(seed);
  const memory = new MemoryDisk();
  let disk = await openDisk(memory);
  const model = new Model(fresh);
  const entries = new Map<string, string>();
  let from = { name: "", sizeBytes: 0 };
  for (let count = 0; count < 25; count += 1) {
    const request = model.next(random);
    for (const entry of request.entries) entries.set(keyOf(entry), contentOf(entry));
    if (count === 24) {
      await disk.close();
      from = await sizeOfLast(disk, memory);
      disk = await openDisk(memory);
    }
    await disk.persist(request);
  }
  await disk.close();
  const files = await filesOf(memory);
  const { name, sizeBytes: to } = await sizeOfLast(disk, memory);
  const tail = { name, from: from.name === name ? from.sizeBytes : 0, to };
  const { hard, base, snapshot, partial, unsure } = model.disk;
  const last = { hard, base, snapshot, partial, unsure, entries: model.disk.entries };
  return { files, states: model.states, last, entries, tail };
}

/** What stands in the last segment: a log's files but the last are as long as that. */
async function sizeOfLast({ status }: ReplicaDisk, memory: MemoryDisk) {
  const files = [...(await filesOf(memory))].filter(([name]) => name.startsWith("log-"));
  const [name] = files.pop()!;
  const others = files.reduce((sum, [, bytes]) => sum + bytes.length, 0);
  return { name, sizeBytes: status.sizeBytes - others };
}

async function filesOf(memory: MemoryDisk): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of await memory.list("raft")) {
    const file = await memory.open(`raft/${name}`, { create: false });
    files.set(name, await file.read(0, await file.size()));
    await file.close();
  }
  return files;
}

async function diskOf(files: ReadonlyMap<string, Uint8Array>): Promise<MemoryDisk> {
  const memory = new MemoryDisk();
  await memory.makeFolder("raft");
  for (const [name, bytes] of files) {
    const file = await memory.open(`raft/${name}`, { create: true });
    await file.append(bytes);
    await file.sync();
    await file.close();
  }
  return memory;
}

function refused(error: unknown): null {
  if (isHoldfastError(error, "corrupt", "unsupported_version")) return null;
  throw error;
}

async function reopened(files: ReadonlyMap<string, Uint8Array>): Promise<ReplicaDisk | null> {
  const memory = await diskOf(files);
  try {
    const first = await openDisk(memory);
    await first.close();
    // What was found stays so: it was written down.
    const second = await openDisk(memory);
    expect(textOf(second.saved)).toBe(textOf(first.saved));
    return first;
  } catch (error) {
    return refused(error);
  }
}

type Outcome = "whole" | "unsure" | "refused" | "torn";

/** What came of it; `isTorn` where the last request was damaged. */
async function outcomeOf(
  run: Written,
  files: ReadonlyMap<string, Uint8Array>,
  isTorn = false,
): Promise<Outcome> {
  const disk = await reopened(files);
  if (disk === null) return "refused";
  if (isTorn) return "torn";
  const { saved } = disk;
  for (const entry of saved.entries) expect(run.entries.get(keyOf(entry))).toBe(contentOf(entry));
  if (saved.unsure !== null) {
    expect(saved.unsure).toBeGreaterThanOrEqual((run.last.entries.at(-1) ?? run.last.base).index);
    expect(saved.hard).toEqual({ term: run.last.hard.term + 1, vote: null });
    return "unsure";
  }
  const found = textOf(saved);
  if (found === run.states.at(-1)) return "whole";
  // Less may be known of snapshots; the log and the term may not be less.
  expect(JSON.stringify([saved.hard, last(saved)])).toBe(
    JSON.stringify([run.last.hard, last(run.last)]),
  );
  return "whole";
}

function last({ base, entries }: Omit<Saved, "applied">): string {
  return keyOf(entries.at(-1) ?? base);
}

function contentOf(entry: Entry): string {
  const { payload } = entry;
  return payload.type === "command" ? Buffer.from(payload.data).toString("hex") : payload.type;
}

describe("damage to what was durable", () => {
  test("DK1, DK4: no byte that rots takes an answered entry away in silence", async () => {
    const counts = { whole: 0, unsure: 0, refused: 0, torn: 0 };
    for (let seed = 0; seed < 12; seed += 1) {
      const run = await written(seed);
      for (const [name, bytes] of run.files) {
        if (!name.startsWith("log-")) continue;
        for (let at = seed % 7; at < bytes.length; at += 7) {
          const rotten = bytes.slice();
          rotten[at]! ^= 1 << (at % 8);
          const isTorn = name === run.tail.name && at >= run.tail.from;
          counts[await outcomeOf(run, new Map([...run.files, [name, rotten]]), isTorn)] += 1;
        }
      }
    }
    expect(counts.unsure).toBeGreaterThan(100);
    expect(counts.refused).toBeGreaterThan(20);
    expect(counts.whole).toBeGreaterThan(20);
  });

  test("nor does a write that went astray, to the same file or another", async () => {
    const counts = { whole: 0, unsure: 0, refused: 0, torn: 0 };
    for (let seed = 100; seed < 160; seed += 1) {
      const random = new SeededRandom(seed);
      const run = await written(seed);
      const names = [...run.files.keys()].filter((name) => name.startsWith("log-"));
      for (let count = 0; count < 8; count += 1) {
        const [from, to] = [
          names[randomBelow(random, names.length)]!,
          names[randomBelow(random, names.length)]!,
        ];
        const source = run.files.get(from)!;
        const target = run.files.get(to)!.slice();
        const piece = source.subarray(randomBelow(random, source.length)).subarray(0, 200);
        const room = (to === run.tail.name ? run.tail.from : target.length) - piece.length;
        if (room <= 0) continue;
        target.set(piece, randomBelow(random, room));
        counts[await outcomeOf(run, new Map([...run.files, [to, target]]))] += 1;
      }
    }
    expect(counts.unsure).toBeGreaterThan(50);
  });

  test("DK1: a damaged end is told from a torn one where the state machine holds more", async () => {
    let told = 0;
    for (let seed = 200; seed < 230; seed += 1) {
      const run = await written(seed);
      const { index } = run.last.entries.at(-1) ?? run.last.base;
      const bytes = run.files.get(run.tail.name)!;
      const { from, to } = run.tail;
      const at = from + randomBelow(new SeededRandom(seed), to - from);
      const rotten = bytes.slice();
      rotten[at]! ^= 4;
      const memory = await diskOf(new Map([...run.files, [run.tail.name, rotten]]));
      const disk = await openDisk(memory, index).catch(refused);
      if (disk === null) continue;
      const { saved } = disk;
      await disk.close();
      // What the last request cut away reached as far as what it put there: nothing tells.
      if ((saved.entries.at(-1) ?? saved.base).index >= index) continue;
      told += 1;
      expect(saved.unsure).toBe(index);
      expect(saved.hard.vote).toBeNull();
      expect(saved.hard.term).toBeGreaterThan(run.last.hard.term);
      // It was written down: nobody needs to say so again.
      const again = await openDisk(memory);
      expect(textOf(again.saved)).toBe(textOf(saved));
      await again.close();
    }
    expect(told).toBeGreaterThan(10);
  });

  test("a log of another node is refused, and one whose first head is damaged", async () => {
    const run = await written(1);
    const [first] = [...run.files.keys()].filter((name) => name.startsWith("log-"));
    const bytes = run.files.get(first!)!.slice();
    bytes[14]! ^= 1;
    expect(await outcomeOf(run, new Map([...run.files, [first!, bytes]]))).toBe("refused");
  });
});
