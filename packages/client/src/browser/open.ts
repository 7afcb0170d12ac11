// Opening a database in a page: on the real World, kept in IndexedDB, shared with the
// other tabs of the browser. Where the browser keeps nothing, in memory, and says so.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { World } from "@holdfast/world";
import { browserWorld } from "@holdfast/world/browser";
import { MemoryPersistence } from "../copy/memory_persistence.ts";
import type { Persistence } from "../copy/persistence.ts";
import { requireDatabaseName } from "../database_name.ts";
import { BrowserDatabase } from "./browser_database.ts";
import { BrowserSiblings } from "./browser_siblings.ts";
import { StorageWatch } from "./browser_storage.ts";
import { CopyConnection } from "./copy_connection.ts";
import { IndexedDbPersistence } from "./indexed_db_persistence.ts";

/** Options for {@link open}. */
export interface BrowserDatabaseOptions {
  /** Letters, digits, `.`, `_` and `-`, at most 64, the first no `.`. Tabs that give the same name share a copy. */
  readonly name: string;
  /** The server, as `wss://example.org/sync`. Of several, of one cluster, the next where one fails. Without one, everything stays here. */
  readonly url?: string | readonly string[];
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
  requireDatabaseName(name);
  const world = browserWorld();
  const storage = new StorageWatch(world.clock);
  const { persistence, siblings } = await findPlace(name, world, storage);
  void storage.refresh();
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

async function findPlace(
  database: string,
  { clock, random }: Omit<World, "disk">,
  storage: StorageWatch,
): Promise<Place> {
  try {
    requireMeans();
    const connection = await CopyConnection.open({
      database,
      clock,
      random,
      onPlace: (error) => storage.note("place", error),
      onGone: (error) => storage.note("loss", error),
    });
    const persistence = new IndexedDbPersistence(connection, (error) => {
      storage.note("write", error);
      if (error !== null) void storage.refresh();
    });
    return { persistence, siblings: new BrowserSiblings(database) };
  } catch (error) {
    if (!isHoldfastError(error) || error.code === "unsupported_version") throw error;
    const sentence = `nothing is kept on this device, and what no server has saved is lost when the page is closed: ${error.message}`;
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
