// Opening a database in a page: on the real World, kept in IndexedDB, shared with the
// other tabs of the browser. Where the browser keeps nothing, in memory, and says so.

import { HoldfastError, isHoldfastError, type Random } from "@holdfast/std";
import { browserWorld } from "@holdfast/world/browser";
import { MemoryPersistence } from "../memory_persistence.ts";
import type { Persistence } from "../persistence.ts";
import { claimAgent } from "./agent_claim.ts";
import { BrowserDatabase } from "./browser_database.ts";
import { BrowserSiblings } from "./browser_siblings.ts";
import { StorageWatch } from "./browser_storage.ts";
import { identifyCopy } from "./copy_identity.ts";
import { type CopyDb, openCopyDb } from "./indexed_db.ts";
import { IndexedDbPersistence } from "./indexed_db_persistence.ts";

/** Options for {@link open}. */
export interface BrowserDatabaseOptions {
  /** Letters, digits, `.`, `_` and `-`, at most 64, the first no `.`. Tabs that give the same name share a copy. */
  readonly name: string;
  /** The server, as `wss://example.org/sync`. Without one, everything stays here. */
  readonly url?: string;
  /** Presented to the server. */
  readonly credential?: Uint8Array | string;
}

/** Where a database is kept. */
interface Place {
  readonly persistence: Persistence;
  readonly siblings: BrowserSiblings | null;
}

/**
 * Opens a database that is kept by the browser. Where the browser keeps nothing (a page
 * on plain http, a private window, no room) it works in memory, and `storage.problem`
 * says so: then *local* means no more than *pending*.
 *
 * @throws {HoldfastError} `invalid_argument` for the name; `unsupported_version` where a
 *   newer release has written what is kept.
 *
 * @example
 * const db = await open({ url: "wss://example.org/sync", name: "notes" });
 */
export async function open(options: BrowserDatabaseOptions): Promise<BrowserDatabase> {
  const { name, url, credential } = options;
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new HoldfastError("invalid_argument", `not a name for a database: ${name.slice(0, 70)}`);
  }
  const world = browserWorld();
  const storage = new StorageWatch(world.clock);
  const { persistence, siblings } = await findPlace(name, world.random, storage);
  await storage.refresh();
  return new BrowserDatabase(
    {
      world,
      name,
      persistence,
      ...(siblings === null ? {} : { siblings }),
      ...(url === undefined ? {} : { url }),
      ...(credential === undefined ? {} : { credential }),
    },
    {
      storage,
      onClosed: () => {
        siblings?.close();
        storage.close();
      },
    },
  );
}

async function findPlace(name: string, random: Random, storage: StorageWatch): Promise<Place> {
  try {
    requireMeans();
    return {
      persistence: await openCopy(name, random, storage),
      siblings: new BrowserSiblings(name),
    };
  } catch (error) {
    if (!isHoldfastError(error) || error.code === "unsupported_version") throw error;
    const sentence = `nothing is kept on this device, and what is not saved by a server is lost when the page is closed: ${error.message}`;
    storage.note("place", new HoldfastError(error.code, sentence, { cause: error }));
    return { persistence: new MemoryPersistence(random), siblings: null };
  }
}

/** @throws {HoldfastError} `unavailable` where the browser lacks what a copy needs. */
function requireMeans(): void {
  const means = navigator as { readonly locks?: LockManager };
  if (typeof indexedDB !== "undefined" && means.locks !== undefined) return;
  const sentence = isSecureContext
    ? "this browser offers no storage to pages; use a newer one, or a window that is not private"
    : "browsers keep nothing for a page whose address is not safe; open it with https:, or as localhost";
  throw new HoldfastError("unavailable", sentence);
}

async function openCopy(
  name: string,
  random: Random,
  storage: StorageWatch,
): Promise<IndexedDbPersistence> {
  let persistence: IndexedDbPersistence | null = null;
  const end = (error: HoldfastError): void => {
    storage.note("place", error);
    persistence?.end(error);
  };
  const db = await openCopyDb(`holdfast:${name}`, {
    onOutdated: () => end(outdated),
    onDeleted: () => end(taken),
    onTerminated: () => end(taken),
  });
  try {
    persistence = await readCopy(db, { name, random, storage });
    return persistence;
  } catch (error) {
    db.close();
    throw error;
  }
}

async function readCopy(
  db: CopyDb,
  { name, random, storage }: { name: string; random: Random; storage: StorageWatch },
): Promise<IndexedDbPersistence> {
  if (await identifyCopy(db, name, random)) storage.note("loss", gone);
  const claim = await claimAgent(db, name, random);
  return new IndexedDbPersistence({
    db,
    claim,
    onWritten: (error) => {
      storage.note("write", error);
      if (error !== null) void storage.refresh();
    },
  });
}

const outdated = new HoldfastError(
  "unsupported_version",
  "a newer release of this page is open in another tab: reload this one; until then it keeps nothing",
);
const taken = new HoldfastError(
  "closed",
  "what this site keeps was removed while the page was open: reload the page",
);
const gone = new HoldfastError(
  "not_found",
  "what had been kept on this device is gone: the browser, or somebody with its settings, removed it; what a server had saved comes back",
);
