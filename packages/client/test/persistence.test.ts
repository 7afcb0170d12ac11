// One contract for every way to keep a client's copy; and the log in a folder,
// crashed, torn, cloned and rotted.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentId, VersionVector, vectorAgentsMax } from "@holdfast/causality";
import { SeededRandom } from "@holdfast/std";
import { ManualClock, MemoryDisk, MemoryNetwork, type World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, describe, expect, test } from "vitest";
import { openLogPersistence } from "../src/copy/log_persistence.ts";
import { decodeLogRecord, encodeLogRecord } from "../src/copy/log_record.ts";
import { MemoryCopy } from "../src/copy/memory_copy.ts";
import { MemoryPersistence } from "../src/copy/memory_persistence.ts";
import {
  knowledge,
  type LoseCopy,
  notes,
  type OpenCopy,
  type PersistenceCase,
  persistenceCases,
  read,
  typed,
} from "./persistence_cases.ts";
import { unsavedCases } from "./unsaved_cases.ts";

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function memoryWorld(disk = new MemoryDisk(), seed = 1): World {
  const clock = new ManualClock();
  return { clock, disk, random: new SeededRandom(seed), network: new MemoryNetwork() };
}

interface Kind {
  readonly name: string;
  readonly can: readonly PersistenceCase["needs"][];
  /** A new copy: the way to open it, any number of times, and to lose it. */
  readonly make: () => Promise<{ open: OpenCopy; lose?: LoseCopy }>;
}

const kinds: readonly Kind[] = [
  {
    name: "memory",
    can: ["nothing", "reopens", "shared", "loses"],
    make: async () => {
      const copy = new MemoryCopy();
      const random = new SeededRandom(1);
      const open = async () => new MemoryPersistence(random, copy);
      return { open, lose: async () => copy.lose() };
    },
  },
  {
    name: "log on a disk in memory",
    can: ["nothing", "reopens"],
    make: async () => {
      const world = memoryWorld();
      return { open: () => openLogPersistence(world, "copies/notes") };
    },
  },
  {
    name: "log in a folder",
    can: ["nothing", "reopens"],
    make: async () => {
      const folder = await mkdtemp(join(tmpdir(), "holdfast-client-"));
      cleanUps.push(() => rm(folder, { recursive: true }));
      const world = nodeWorld();
      return { open: () => openLogPersistence(world, `${folder}/notes`) };
    },
  },
];

describe.each(kinds)("persistence: $name", ({ can, make }) => {
  for (const { name, needs, run } of [...persistenceCases, ...unsavedCases]) {
    if (!can.includes(needs)) continue;
    test(name, async () => {
      const { open, lose = () => Promise.reject(new Error("it can't be lost")) } = await make();
      await run(open, lose);
    });
  }
});

describe.each(kinds.filter(({ can }) => !can.includes("shared")))("$name", ({ make }) => {
  test("is claimed by whoever has it open", async () => {
    const { open } = await make();
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: "locked" });
    await first.close();
    await (await open()).close();
  });

  test("a log of crumbs is written anew, and says the same", async () => {
    const { open } = await make();
    const first = await open();
    const words = Array.from({ length: 6_000 }, (_, index) => `${index} `);
    const bundles = typed(first.agent, ...words);
    await Promise.all(bundles.map((bundle) => first.append(notes, bundle)));
    for (let count = 0; count < 6_000; count += 1) {
      if (count % 6 === 0) await first.remember(notes, knowledge(first.agent, count + 1));
    }
    await first.close();
    const second = await open();
    const stored = await second.load(notes);
    expect(stored.bundles.length).toBeLessThan(10);
    expect(read(second.agent, stored.bundles)).toBe(words.join(""));
    expect(stored.server!.saved.next(first.agent)).toBe(5_995);
    expect(second.agent).toBe(first.agent);
    await second.close();
  });
});

describe("a log that something happened to", () => {
  test("a torn tail gives a new agent, and keeps what was acknowledged", async () => {
    const disk = new MemoryDisk();
    const first = await openLogPersistence(memoryWorld(disk, 1), "copy");
    const [kept] = typed(first.agent, "kept");
    await first.append(notes, kept!);
    const file = await disk.open("copy/log", { create: false });
    await file.append(new Uint8Array([0x48, 1, 2, 3]));
    await file.sync();
    disk.crash();
    const second = await openLogPersistence(memoryWorld(disk, 2), "copy");
    expect(second.agent).not.toBe(first.agent);
    expect((await second.load(notes)).bundles).toEqual([kept]);
    await second.close();
    const third = await openLogPersistence(memoryWorld(disk, 3), "copy");
    expect(third.agent).toBe(second.agent);
  });

  test("damage to what was acknowledged is said, and nothing is dropped", async () => {
    const disk = new MemoryDisk();
    const first = await openLogPersistence(memoryWorld(disk), "copy");
    for (const bundle of typed(first.agent, "one ", "two")) await first.append(notes, bundle);
    await first.close();
    const file = await disk.open("copy/log", { create: false });
    const sizeBytes = await file.size();
    await file.write(80, new Uint8Array([0xff]));
    const again = openLogPersistence(memoryWorld(disk), "copy");
    await expect(again).rejects.toMatchObject({ code: "corrupt" });
    expect(await file.size()).toBe(sizeBytes);
  });

  test("a disk that is full keeps what it had, and takes more once there is room", async () => {
    const disk = new MemoryDisk();
    const copy = await openLogPersistence(memoryWorld(disk), "copy");
    const [one, two, three] = typed(copy.agent, "one ", "two ", "three");
    await copy.append(notes, one!);
    disk.capacityBytes = 150;
    await expect(copy.append(notes, two!)).rejects.toMatchObject({ code: "disk_full" });
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await copy.append(notes, two!);
    await copy.append(notes, three!);
    expect((await copy.load(notes)).bundles).toEqual([one, two, three]);
  });
});

test("log records: knowledge of more agents than can be read back is cut", () => {
  const entries = Array.from({ length: vectorAgentsMax + 5 }, (_, index) => {
    return [index.toString(16).padStart(32, "0") as AgentId, 1] as const;
  });
  const vector = new VersionVector(entries);
  const store = { identity: new Uint8Array(16), epoch: 0 };
  const known = { store, sent: vector, saved: vector };
  const record = encodeLogRecord({ type: "knowledge", document: notes, knowledge: known });
  const read = decodeLogRecord(record);
  expect(read.type === "knowledge" && read.knowledge.saved.size).toBe(vectorAgentsMax);
  expect(read.type === "knowledge" && vector.covers(read.knowledge.saved)).toBe(true);
});
