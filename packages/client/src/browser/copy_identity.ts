// Noticing that what was kept here is gone.
//
// A browser may remove a site's IndexedDB when room gets short, without a word to
// anybody; to the page it looks as if nothing had ever been there. So a copy draws an
// identity when it is made, and leaves it in localStorage, which Chromium spares then.
// At opening, a copy that is new although one had been there tells that it is gone.

import { type Random, toHex } from "@holdfast/std";
import type { CopyDb } from "./copy_schema.ts";
import { copyDbError } from "./indexed_db.ts";

const identitySizeBytes = 16;

/** What {@link identifyCopy} finds out. */
export interface CopyIdentity {
  readonly identity: string;
  /** Whether it is new, and there had been another. */
  readonly replaces: boolean;
}

/**
 * Makes sure that the copy has an identity, and that it is remembered outside of it.
 *
 * @throws {HoldfastError} `disk_full`, `io`.
 */
export async function identifyCopy(
  db: CopyDb,
  database: string,
  random: Random,
): Promise<CopyIdentity> {
  const drawn = toHex(random.bytes(identitySizeBytes));
  try {
    const transaction = db.transaction("meta", "readwrite", { durability: "strict" });
    const kept = await transaction.store.get("identity");
    if (kept === undefined) await transaction.store.put(drawn, "identity");
    await transaction.done;
    const identity = kept ?? drawn;
    const before = recall(database);
    remember(database, identity);
    return { identity, replaces: kept === undefined && before !== null };
  } catch (error) {
    throw copyDbError(error, "make a copy");
  }
}

function recall(database: string): string | null {
  try {
    return localStorage.getItem(`holdfast:${database}:copy`);
  } catch {
    // Switched off, or not there in a worker: then nobody can tell.
    return null;
  }
}

function remember(database: string, identity: string): void {
  try {
    localStorage.setItem(`holdfast:${database}:copy`, identity);
  } catch {
    // As above.
  }
}
