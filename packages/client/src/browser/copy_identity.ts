// Noticing that what was kept here is gone.
//
// A browser may remove a site's IndexedDB when room gets short, without a word to
// anybody; to the page it looks as if nothing had ever been there. So a copy draws an
// identity when it is made, and leaves it in localStorage, which is not removed then.
// At opening, a copy that is new although one had been there tells that it is gone.

import { type Random, toHex } from "@holdfast/std";
import { type CopyDb, copyDbError } from "./indexed_db.ts";

const identitySizeBytes = 16;

/**
 * Makes sure that the copy has an identity, and that it is remembered outside of it.
 *
 * @returns Whether there had been another copy, which is gone.
 * @throws {HoldfastError} `disk_full`, `io`.
 */
export async function identifyCopy(db: CopyDb, database: string, random: Random): Promise<boolean> {
  const before = recall(database);
  const drawn = toHex(random.bytes(identitySizeBytes));
  let identity: string | undefined;
  try {
    const transaction = db.transaction("meta", "readwrite", { durability: "strict" });
    identity = await transaction.store.get("identity");
    if (identity === undefined) await transaction.store.put(drawn, "identity");
    await transaction.done;
  } catch (error) {
    throw copyDbError(error, "make a copy");
  }
  remember(database, identity ?? drawn);
  return identity === undefined && before !== null;
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
