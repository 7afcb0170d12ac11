// Bringing a copy to the layout of this release, from that of any before it, in the
// transaction that IndexedDB gives for it: all of it happens, or nothing.
//
//   0 -> 1  the stores are made
//   1 -> 2  what is not saved is marked, read off the bundles that are there

import { type AgentId, VersionVector } from "@holdfast/causality";
import type { IDBPTransaction, StoreNames } from "idb";
import { ownRuns } from "../copy/own_runs.ts";
import { savedOf } from "./copy_row.ts";
import type { CopyDb, CopySchema } from "./copy_schema.ts";

/** The transaction of an upgrade. */
export type UpgradeTransaction = IDBPTransaction<
  CopySchema,
  StoreNames<CopySchema>[],
  "versionchange"
>;

// Bundles that are in memory at once, of 64 KiB at most.
const batchBundlesMax = 256;

/** Brings the copy up from schema version `from`, 0 where it is new. */
export async function upgradeCopy(
  db: CopyDb,
  from: number,
  transaction: UpgradeTransaction,
): Promise<void> {
  if (from < 1) makeStores(db);
  if (from < 2) await markUnsaved(db, transaction);
}

function makeStores(db: CopyDb): void {
  const bundles = db.createObjectStore("bundles", { keyPath: "id", autoIncrement: true });
  bundles.createIndex("document", ["document", "id"]);
  db.createObjectStore("knowledge", { keyPath: "document" });
  db.createObjectStore("agents", { keyPath: "agent" });
  db.createObjectStore("meta");
}

async function markUnsaved(db: CopyDb, transaction: UpgradeTransaction): Promise<void> {
  const marks = db.createObjectStore("unsaved", { keyPath: ["document", "agent", "next"] });
  for (const [document, own] of await readOwn(transaction)) {
    const row = await transaction.objectStore("knowledge").get(document);
    const saved = row === undefined ? new VersionVector() : savedOf(row);
    for (const [agent, next] of own.entries()) {
      if (next > saved.next(agent)) await marks.put({ document, agent, next });
    }
  }
}

// Up to where the copy's writers have events in each document.
async function readOwn(transaction: UpgradeTransaction): Promise<Map<string, VersionVector>> {
  const writers = new Set((await transaction.objectStore("agents").getAllKeys()) as AgentId[]);
  const bundles = transaction.objectStore("bundles");
  const found = new Map<string, VersionVector>();
  for (let after = 0; ; ) {
    const rows = await bundles.getAll(IDBKeyRange.lowerBound(after, true), batchBundlesMax);
    if (rows.length === 0) return found;
    for (const { document, bytes } of rows) {
      const own = found.get(document) ?? new VersionVector();
      found.set(document, own);
      // One that is damaged says nothing; loading the document will say so.
      for (const { agent, to } of ownRuns(bytes, writers)) own.advance(agent, to);
    }
    after = rows.at(-1)!.id!;
  }
}
