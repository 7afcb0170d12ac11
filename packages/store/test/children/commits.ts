// Commits one after the other and a crowd at once, and writes a line for each
// acknowledgement as it comes. Arguments: folder, "durable" or "early".
//
// The lines go to nowhere, by a system call each, for who traces it; `DONE` is
// printed, too. (A pipe whose reader is slow would take many lines with one call.)
//
// "early" has the binding resolve without a sync: it shows that the test of the
// order would notice.

import { openSync, writeSync } from "node:fs";
import type { Store } from "@holdfast/store";
import { openLmdbStore } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";
import { open } from "lmdb";
import { createMeta, type Database, LmdbEngine } from "../../src/drivers/lmdb/lmdb_engine.ts";
import { TransactionalStore } from "../../src/transactional_store.ts";

const [folder, mode] = process.argv.slice(2) as [string, "durable" | "early"];
const world = nodeWorld();
const nowhere = openSync("/dev/null", "w");
const say = (line: string) => writeSync(nowhere, `${line}\n`);

async function openEarly(): Promise<Store> {
  await world.disk.makeFolder(folder);
  const path = `${folder}/store.mdb`;
  const database: Database = open<Uint8Array, Uint8Array>({
    path,
    noSubdir: true,
    keyEncoding: "binary",
    encoding: "binary",
    eventTurnBatching: false,
    noSync: true,
  });
  await createMeta(database, new Uint8Array(16));
  const lock = await world.disk.lock(`${folder}/lock`);
  return new TransactionalStore(world, new LmdbEngine({ disk: world.disk, path, database, lock }));
}

const store = await (mode === "durable" ? openLmdbStore({ world, folder }) : openEarly());

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
