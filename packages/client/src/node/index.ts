// A database in a Node process: on the real World, kept in a folder.

import type { World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import { openLogPersistence } from "../copy/log_persistence.ts";
import { type Database, open as openDatabase } from "../database.ts";
import { requireDatabaseName } from "../database_name.ts";

/** Options for {@link open}. */
export interface NodeDatabaseOptions {
  /** Letters, digits, `.`, `_` and `-`, at most 64, the first no `.`: it names a folder. */
  readonly name: string;
  /** The server, as `ws://127.0.0.1:4747/sync`. Of several, of one cluster, the next where one fails. Without one, everything stays here. */
  readonly url?: string | readonly string[];
  /** Where its documents are kept; `.holdfast/<name>` in the working directory by default. */
  readonly folder?: string;
  /** Presented to the server. */
  readonly credential?: Uint8Array | string;
  /** Another World than the real one. */
  readonly world?: World;
}

/**
 * Opens a database that is kept in a folder, which is made when absent.
 *
 * @throws {HoldfastError} `invalid_argument` for the name; `locked` where another
 *   process has the folder open; `corrupt` where what was kept is damaged;
 *   `permission_denied`, `disk_full`, `io`.
 *
 * @example
 * const db = await open({ url: "ws://127.0.0.1:4747/sync", name: "notes" });
 */
export async function open(options: NodeDatabaseOptions): Promise<Database> {
  const { name, url, credential, folder = `.holdfast/${name}`, world = nodeWorld() } = options;
  requireDatabaseName(name);
  const persistence = await openLogPersistence(world, folder);
  return openDatabase({
    world,
    name,
    persistence,
    ...(url === undefined ? {} : { url }),
    ...(credential === undefined ? {} : { credential }),
  });
}
