// Restores backups into an LMDB file.
//
// The draft is an LMDB file of its own beside the store's; LMDB's own commits make it
// durable, and its name makes it the store.

import { isHoldfastError } from "@holdfast/std";
import type { DiskLock, World } from "@holdfast/world";
import {
  fillDraft,
  holdsSomething,
  type Restored,
  type RestoreOptions,
  requireKeySizes,
} from "../../backup/restore.ts";
import { firstText, keyText, lastText } from "../../key.ts";
import { checkCommitLog, removeCommitLogs } from "../../logged/commit_log.ts";
import { createMeta, type LmdbEngine, lmdbKeySizeBytesMax } from "./lmdb_engine.ts";
import { openDatabase, openEngine } from "./lmdb_store.ts";
import { dataFileName, lockFileName, readersSuffix, restoreFileName } from "./names.ts";
import { identitySizeBytes } from "./row.ts";
import { requireWhole } from "./verify_lmdb.ts";

/** What {@link restoreLmdb} takes. */
export interface RestoreLmdbOptions extends RestoreOptions {
  /** Its disk must be the machine's: LMDB opens the file itself. */
  readonly world: World;
  /** The store's folder, made where it is missing. */
  readonly folder: string;
}

/** The folder's lock is held by whoever restores. */
const nobodys: DiskLock = { release: async () => {} };
/** Address space for a draft; a larger file is mapped anew as it grows. */
const draftMapSizeBytes = 64 * 1024 ** 3;

/**
 * Puts what the backups hold into the store in `folder`, in one step.
 *
 * @throws {HoldfastError} `invalid_argument` where there is a store that holds something,
 *   or is damaged, and `replace` is not set; `locked` where it is open; `not_found` where
 *   the backups don't hold that version; `too_large` where a key is over what LMDB takes;
 *   `corrupt`, `truncated`, `unsupported_version` of a backup; `disk_full`; `io`. The store
 *   is as it was then, and a draft that is left is thrown away by the next restore.
 */
export async function restoreLmdb(options: RestoreLmdbOptions): Promise<Restored> {
  const { world, folder, replace } = options;
  const { disk } = world;
  await disk.makeFolder(folder);
  const lock = await disk.lock(`${folder}/${lockFileName}`);
  try {
    const path = `${folder}/${dataFileName}`;
    const draft = `${folder}/${restoreFileName}`;
    const names = await disk.list(folder);
    if (!replace && names.includes(dataFileName) && !(await isEmpty(options, path))) {
      throw holdsSomething(path);
    }
    for (const name of [restoreFileName, restoreFileName + readersSuffix]) {
      if (names.includes(name)) await disk.remove(`${folder}/${name}`);
    }
    const restored = await fill(options, draft);
    await disk.remove(draft + readersSuffix);
    await disk.rename(draft, path);
    await disk.syncFolder(folder);
    // Of the store that was there: another one's, now, and not read by any.
    await removeCommitLogs(disk, folder);
    return restored;
  } finally {
    await lock.release();
  }
}

async function fill(options: RestoreLmdbOptions, path: string): Promise<Restored> {
  const { disk, random } = options.world;
  const database = openDatabase(path, draftMapSizeBytes);
  try {
    const identity = random.bytes(identitySizeBytes);
    await createMeta(database, { identity, isLogged: true });
  } catch (error) {
    await database.close();
    throw error;
  }
  const engine = await openEngine({ disk, path, database, lock: nobodys, isLogged: true });
  try {
    return await fillDraft(options, {
      apply: (version, writes) => {
        requireKeySizes(writes, lmdbKeySizeBytesMax);
        return engine.commit(version, writes);
      },
      get: async (key) => {
        const snapshot = engine.snapshot();
        try {
          return snapshot.get(keyText(key));
        } finally {
          snapshot.release();
        }
      },
    });
  } finally {
    await engine.close();
  }
}

/** Whether the file is a store without a row. */
async function isEmpty(
  { world: { disk }, folder }: RestoreLmdbOptions,
  path: string,
): Promise<boolean> {
  let engine: LmdbEngine | null = null;
  try {
    await requireWhole(disk, path);
    const database = openDatabase(path, draftMapSizeBytes);
    engine = await openEngine({ disk, path, database, lock: nobodys, isLogged: true });
    const { version, identity } = engine;
    const snapshot = engine.snapshot();
    const first = snapshot.range(firstText, lastText, 1, false);
    snapshot.release();
    const log = await checkCommitLog({ disk, folder, identity }, version);
    return (await first).length === 0 && log.commits === 0 && log.problem === null;
  } catch (error) {
    // It may be what somebody wants to save something out of.
    if (isHoldfastError(error, "corrupt", "unsupported_version")) return false;
    throw error;
  } finally {
    await engine?.close();
  }
}
