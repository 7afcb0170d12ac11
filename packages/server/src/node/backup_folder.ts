// Backups of a server's store, from its folder or from a server that runs, and a
// folder out of them.

import { HoldfastError } from "@holdfast/std";
import type { CommitVersion, Row } from "@holdfast/store";
import {
  type BackupBase,
  type BackupFile,
  type BackupSink,
  type BackupVerdict,
  keepBackup,
  listBackups,
  type Restored,
  streamBackup,
  verifyBackups,
} from "@holdfast/store/backup";
import { openLmdbStore, restoreLmdb } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";
import { raisedEpoch } from "../store_name.ts";
import { backupRequest } from "./backup_endpoint.ts";
import { requireNoNode } from "./unfinished_restore.ts";

/** What {@link backupFolder} takes. */
export interface BackupOptions {
  /** A server's folder on which no server runs, or the `http:` or `https:` URL of one that does. */
  readonly source: string;
  /** Where backups are kept, one file each; made where it is missing. */
  readonly backups: string;
  /** The key of the server at the URL, where it has one. */
  readonly key?: string;
  /** Backs all of the store up, also where what changed since the newest backup would do. */
  readonly full: boolean;
}

/**
 * Adds a backup to the folder `backups`: of what changed since the newest one there, where
 * the store kept that (`StartOptions.history`), else of all. What a backup that was cut
 * short left there is thrown away; those that are there stay.
 *
 * @throws {HoldfastError} `locked` where a server runs on the folder, or somebody else makes
 *   a backup; `not_found` where there is no store or no such page; `unauthenticated`,
 *   `forbidden`, `unavailable` of a server; `corrupt`; `disk_full`; `io`.
 */
export async function backupFolder(options: BackupOptions): Promise<BackupFile> {
  const { source, backups, key, full } = options;
  const world = nodeWorld();
  const place = { disk: world.disk, folder: backups };
  if (isUrl(source)) {
    return keepBackup(place, (put, newest) =>
      fetchBackup({ source, key, base: full ? null : newest }, put),
    );
  }
  const store = await openLmdbStore({ world, folder: source, create: false });
  try {
    return await keepBackup(place, (put, newest) =>
      streamBackup(store, { world, base: full ? null : newest }, put),
    );
  } finally {
    await store.close();
  }
}

/** What {@link restoreFolder} takes. */
export interface RestoreFolderOptions {
  readonly backups: string;
  /** The folder for the server, made where it is missing. */
  readonly dataFolder: string;
  /** Null for that of the newest backup. */
  readonly version: number | null;
  /** Gives up what the folder holds. */
  readonly replace: boolean;
}

/**
 * Makes the store in `dataFolder` what a backup holds, under a new epoch: so clients see
 * that it may hold less than they know of, and send again what it lacks. In one step:
 * until it is done the folder is as it was.
 *
 * @throws {HoldfastError} As `restoreLmdb`; `corrupt` where the backup is not of a server's
 *   store; `invalid_argument` where the folder is that of a node of a cluster.
 */
export async function restoreFolder(options: RestoreFolderOptions): Promise<Restored> {
  const world = nodeWorld();
  const { backups, dataFolder, version, replace } = options;
  await requireNoNode(world.disk, dataFolder);
  const amend = async (get: (key: Uint8Array) => Promise<Uint8Array | null>): Promise<Row[]> => {
    const row = await raisedEpoch(get, world.clock);
    return row === null ? [] : [row];
  };
  return restoreLmdb({
    ...{ world, folder: dataFolder, replace, amend },
    backups: { disk: world.disk, folder: backups },
    version: version as CommitVersion | null,
  });
}

/** Checks each backup of a folder; null where the folder holds none. @throws {HoldfastError} As `verifyBackups`. */
export async function verifyBackupFolder(folder: string): Promise<readonly BackupVerdict[] | null> {
  const place = { disk: nodeWorld().disk, folder };
  return (await listBackups(place)).length === 0 ? null : verifyBackups(place);
}

function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}

interface Asked {
  readonly source: string;
  readonly key: string | undefined;
  readonly base: BackupBase | null;
}

async function fetchBackup({ source, key, base }: Asked, put: BackupSink): Promise<void> {
  if (!URL.canParse(source)) throw new HoldfastError("invalid_argument", `${source} is no URL`);
  const url = new URL(backupRequest(base), source);
  const headers = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  const response = await fetch(url, { headers, redirect: "error" }).catch((cause: unknown) => {
    throw new HoldfastError("unavailable", `${url.origin} can't be reached`, { cause });
  });
  if (!response.ok || response.body === null) throw await refused(response);
  const pieces = response.body.getReader();
  for (;;) {
    const { done, value } = await pieces.read().catch((cause: unknown) => {
      throw new HoldfastError("unavailable", `${url.origin} broke off`, { cause });
    });
    if (done) return;
    await put(value);
  }
}

const refusals = new Map([
  [401, "unauthenticated"],
  [403, "forbidden"],
  [404, "not_found"],
] as const);

async function refused(response: Response): Promise<HoldfastError> {
  const said = (await response.text()).slice(0, 200).trim();
  const code = refusals.get(response.status as 401) ?? "unavailable";
  return new HoldfastError(code, `the server answers ${response.status}: ${said}`);
}
