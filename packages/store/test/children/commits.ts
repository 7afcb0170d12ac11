// Commits one after the other and a crowd at once, and writes a line for each
// acknowledgement as it comes. Arguments: folder, "durable" or "early".
//
// The lines go to nowhere, by a system call each, for who traces it; `DONE` is
// printed, too. (A pipe whose reader is slow would take many lines with one call.)
//
// "early" has a disk that says it has synced and did not: it shows that the test of the
// order would notice.

import { openSync, writeSync } from "node:fs";
import { openLmdbStore } from "@holdfast/store/lmdb";
import type { Disk } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";

const [folder, mode] = process.argv.slice(2) as [string, "durable" | "early"];
const world = nodeWorld();
const nowhere = openSync("/dev/null", "w");
const say = (line: string) => writeSync(nowhere, `${line}\n`);

function lyingDisk(): Disk {
  const disk: Disk = Object.create(world.disk);
  disk.open = async (path, options) => {
    const file = await world.disk.open(path, options);
    file.sync = async () => {};
    return file;
  };
  return disk;
}

const disk = mode === "durable" ? world.disk : lyingDisk();
const store = await openLmdbStore({ world: { ...world, disk }, folder });

async function commit(name: string, sizeBytes: number): Promise<void> {
  const { version } = await store.transact((tx) =>
    tx.set(new TextEncoder().encode(name), new Uint8Array(sizeBytes)),
  );
  say(`ACK ${version}`);
}

say("READY");
for (let count = 0; count < 20; count += 1) await commit(`one/${count}`, count * 700);
say("CROWD");
await Promise.all(Array.from({ length: 2_000 }, (_, index) => commit(`crowd/${index}`, 100)));
process.stdout.write("DONE\n");
await store.close();
