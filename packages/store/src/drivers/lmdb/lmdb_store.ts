// Opens a store in a folder.

import { HoldfastError } from "@holdfast/std";
import type { Disk, World } from "@holdfast/world";
import { open } from "lmdb";
import type { Engine } from "../../engine.ts";
import { withHistory } from "../../history/history_engine.ts";
import type { HistoryOptions } from "../../history/history_keeper.ts";
import { LoggedEngine, logLimits } from "../../logged/logged_engine.ts";
import type { LocalStore } from "../../store.ts";
import { TransactionalStore } from "../../transactional_store.ts";
import { WriteSet } from "../../write_set.ts";
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
  const { world, folder, history } = options;
  const lmdb = await openLmdbEngine(options, true);
  const { identity } = lmdb;
  const place = { ...world, folder, identity, engine: lmdb, limits: logLimits };
  const engine = await LoggedEngine.open(place);
  return new TransactionalStore(world, withHistory(engine, world, history));
}

/** For `openRows` of a replica: the rows lie in an LMDB file in the folder. */
export function lmdbRows(options: Omit<LmdbStoreOptions, "history">): () => Promise<Engine> {
  return () => openLmdbEngine(options, false);
}

async function openLmdbEngine(options: LmdbStoreOptions, isLogged: boolean): Promise<LmdbEngine> {
  const { world, folder } = options;
  const { disk } = world;
  if (options.create === false) await requireFile(disk, `${folder}/${dataFileName}`);
  await disk.makeFolder(folder);
  const lock = await disk.lock(`${folder}/${lockFileName}`);
  try {
    const path = `${folder}/${dataFileName}`;
    const names = await disk.list(folder);
    if (!names.includes(dataFileName)) await create(options, names, isLogged);
    await requireWhole(disk, path);
    const database = openDatabase(path, options.mapSizeBytes ?? mapSizeBytesDefault);
    return await openEngine({ disk, path, database, lock, isLogged });
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
async function create(
  options: LmdbStoreOptions,
  names: readonly string[],
  isLogged: boolean,
): Promise<void> {
  const { world, folder } = options;
  const { disk } = world;
  for (const name of [newFileName, newFileName + readersSuffix]) {
    if (names.includes(name)) await disk.remove(`${folder}/${name}`);
  }
  const path = `${folder}/${newFileName}`;
  const database = openDatabase(path, mapSizeBytesDefault);
  try {
    await createMeta(database, { identity: world.random.bytes(identitySizeBytes), isLogged });
  } finally {
    await database.close();
  }
  await disk.remove(path + readersSuffix);
  await disk.rename(path, `${folder}/${dataFileName}`);
  await disk.syncFolder(folder);
}

/** Takes the database over, also where this fails. */
export async function openEngine(options: LmdbEngineOptions): Promise<LmdbEngine> {
  const { database, path, isLogged } = options;
  let engine: LmdbEngine;
  try {
    engine = new LmdbEngine(options);
  } catch (error) {
    await database.close();
    throw lmdbError(`open ${path}`, error);
  }
  if (engine.saysLogged === isLogged) return engine;
  try {
    // What reads the rows alone must know, before there is a log, that they may not be all.
    if (isLogged) await engine.commit(engine.version, new WriteSet());
    else throw new HoldfastError("invalid_argument", `${path} is the store of a single server`);
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
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
