// Opens a store in a folder.

import type { Disk, World } from "@holdfast/world";
import { open } from "lmdb";
import type { Engine } from "../../engine.ts";
import { type HistoryOptions, withHistory } from "../../history/history_engine.ts";
import type { LocalStore } from "../../store.ts";
import { TransactionalStore } from "../../transactional_store.ts";
import { createMeta, type Database, LmdbEngine, type LmdbEngineOptions } from "./lmdb_engine.ts";
import { lmdbError } from "./lmdb_error.ts";
import { dataFileName, lockFileName, newFileName, readersSuffix } from "./names.ts";
import { identitySizeBytes } from "./row.ts";
import { requireWhole } from "./verify_lmdb.ts";

/** What {@link openLmdbStore} takes. */
export interface LmdbStoreOptions {
  /** Its disk must be the machine's: LMDB opens the file itself. */
  readonly world: World;
  /** The folder, made where it is missing. */
  readonly folder: string;
  /** False to refuse with `not_found` where there is no store. */
  readonly create?: boolean;
  /**
   * How much address space to reserve, which costs nothing, for a file of up to
   * that size. Beyond it the file grows on, but each growth maps it anew.
   */
  readonly mapSizeBytes?: number;
  /** Keeps a history for `changes` and `asOf`, which costs each commit the reading of what it replaces, and its bytes twice. */
  readonly history?: HistoryOptions;
}

const mapSizeBytesDefault = 64 * 1024 ** 3;
/** Snapshots of different versions that can be held at once. */
const readersMax = 4_096;

/**
 * Opens the store in `folder`, or makes it. Commits are acknowledged once they
 * would survive the loss of power.
 *
 * @throws {HoldfastError} `locked` where another process has the folder;
 *   `permission_denied`; `corrupt` where the file is not a store or is damaged;
 *   `unsupported_version`; `disk_full`; `io`.
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<LocalStore> {
  const { world, history } = options;
  return new TransactionalStore(world, withHistory(await openLmdbEngine(options), world, history));
}

/** For `openRows` of a replica: the rows lie in an LMDB file in the folder. */
export function lmdbRows(options: Omit<LmdbStoreOptions, "history">): () => Promise<Engine> {
  return () => openLmdbEngine(options);
}

async function openLmdbEngine(options: LmdbStoreOptions): Promise<LmdbEngine> {
  const { world, folder } = options;
  const { disk } = world;
  if (options.create === false) await requireFile(disk, `${folder}/${dataFileName}`);
  await disk.makeFolder(folder);
  const lock = await disk.lock(`${folder}/${lockFileName}`);
  try {
    const path = `${folder}/${dataFileName}`;
    const names = await disk.list(folder);
    if (!names.includes(dataFileName)) await create(options, names);
    await requireWhole(disk, path);
    const database = openDatabase(path, options.mapSizeBytes ?? mapSizeBytesDefault);
    return await openEngine({ disk, path, database, lock });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** @throws {HoldfastError} `not_found`. */
async function requireFile(disk: Disk, path: string): Promise<void> {
  await (await disk.open(path, { create: false })).close();
}

/** Makes the file under another name, so that a crash leaves a whole one or none. */
async function create(options: LmdbStoreOptions, names: readonly string[]): Promise<void> {
  const { world, folder } = options;
  const { disk } = world;
  for (const name of [newFileName, newFileName + readersSuffix]) {
    if (names.includes(name)) await disk.remove(`${folder}/${name}`);
  }
  const path = `${folder}/${newFileName}`;
  const database = openDatabase(path, mapSizeBytesDefault);
  try {
    await createMeta(database, world.random.bytes(identitySizeBytes));
  } finally {
    await database.close();
  }
  await disk.remove(path + readersSuffix);
  await disk.rename(path, `${folder}/${dataFileName}`);
  await disk.syncFolder(folder);
}

/** Takes the database over, also where this fails. */
export async function openEngine(options: LmdbEngineOptions): Promise<LmdbEngine> {
  try {
    return new LmdbEngine(options);
  } catch (error) {
    await options.database.close();
    throw lmdbError(`open ${options.path}`, error);
  }
}

/** Opens the file as every part of this driver must: `overlappingSync` is what {@link LmdbEngine}'s L1 hangs on. */
export function openDatabase(path: string, mapSizeBytes: number): Database {
  try {
    const database = open<Uint8Array, Uint8Array>({
      path,
      noSubdir: true,
      keyEncoding: "binary",
      encoding: "binary",
      compression: false,
      maxDbs: 1,
      maxReaders: readersMax,
      mapSize: mapSizeBytes,
      overlappingSync: false,
      eventTurnBatching: false,
    });
    return database as Database;
  } catch (error) {
    throw lmdbError(`open ${path}`, error);
  }
}
