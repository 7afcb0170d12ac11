// Checking a server's folder while no server runs on it: first the file, then the
// documents in it.

import type { StoreReport } from "@holdfast/store";
import { openLmdbStore, verifyLmdb } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";
import { type DocumentsReport, verifyDocuments } from "../verify_documents.ts";

/** What checking a folder came to. */
export interface FolderReport {
  readonly store: StoreReport;
  /** Null where the file is damaged: then it is not opened. */
  readonly documents: DocumentsReport | null;
}

/**
 * Reads everything in `dataFolder` and says what is wrong. Changes no row. O(bytes).
 *
 * @throws {HoldfastError} `not_found` where there is no store; `locked` where a
 *   server runs on it; `permission_denied`; `io`. Damage is in the report.
 */
export async function verifyFolder(dataFolder: string): Promise<FolderReport> {
  const world = nodeWorld();
  const report = await verifyLmdb({ world, folder: dataFolder });
  if (report.problems.length > 0) return { store: report, documents: null };
  const store = await openLmdbStore({ world, folder: dataFolder });
  try {
    return { store: report, documents: await verifyDocuments(store) };
  } finally {
    await store.close();
  }
}
