// Checking a server's folder while no server runs on it: first the files, then the
// documents in them. Of a node of a cluster: its log, and its rows.

import { checkLog, type LogReport } from "@holdfast/consensus";
import { isHoldfastError } from "@holdfast/std";
import type { StoreReport } from "@holdfast/store";
import { lmdbRows, openLmdbStore, verifyLmdb } from "@holdfast/store/lmdb";
import { readRows } from "@holdfast/store/raft";
import type { World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { type DocumentsReport, verifyDocuments } from "../verify_documents.ts";

/** What checking a folder came to. */
export interface FolderReport {
  readonly store: StoreReport;
  /** Null where the file is damaged: then it is not opened. */
  readonly documents: DocumentsReport | null;
  /** Of a node of a cluster; null where it is none. */
  readonly log: NodeLogReport | null;
}

/** What a node's log holds, and how far its rows are. */
export interface NodeLogReport extends LogReport {
  /** The rows hold everything through this entry; what is later is in the log. Null where they are damaged. */
  readonly applied: number | null;
}

/**
 * Reads everything in `dataFolder` and says what is wrong. Changes no row. O(bytes).
 *
 * @throws {HoldfastError} `not_found` where there is no store; `locked` where a
 *   server runs on it; `corrupt` where it can't be told whose log a node's is;
 *   `permission_denied`; `io`. Other damage is in the report.
 */
export async function verifyFolder(dataFolder: string): Promise<FolderReport> {
  const world = nodeWorld();
  const log = await checkLog(world.disk, `${dataFolder}/raft`);
  if (log !== null) return verifyNode(world, dataFolder, log);
  const report = await verifyLmdb({ world, folder: dataFolder });
  if (report.problems.length > 0) return { store: report, documents: null, log: null };
  const store = await openLmdbStore({ world, folder: dataFolder });
  try {
    return { store: report, documents: await verifyDocuments(store), log: null };
  } finally {
    await store.close();
  }
}

async function verifyNode(world: World, dataFolder: string, log: LogReport): Promise<FolderReport> {
  const folder = `${dataFolder}/rows`;
  const report = await verifyLmdb({ world, folder });
  const damaged = (problem: readonly string[]): FolderReport => ({
    store: { ...report, problems: [...report.problems, ...problem] },
    documents: null,
    log: { ...log, applied: null },
  });
  if (report.problems.length > 0) return damaged([]);
  const openRows = lmdbRows({ world, folder, create: false });
  try {
    return await readRows({ world, openRows }, async ({ store, applied }) => {
      const documents = await verifyDocuments(store);
      return { store: report, documents, log: { ...log, applied } };
    });
  } catch (error) {
    if (isHoldfastError(error, "corrupt")) return damaged([error.message]);
    throw error;
  }
}
