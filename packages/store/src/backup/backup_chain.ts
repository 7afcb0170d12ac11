// Which backups of a folder add up to a version, and what they add up to.
//
// A backup of commits stands on the one whose hash it names, down to one of rows. What
// a chain adds up to is given out as writes, in order; nothing is sure until the last
// file was read to its end, so whoever takes them must be able to throw them away.

import { equalBytes, HoldfastError, isHoldfastError } from "@holdfast/std";
import type { CommitVersion } from "../store.ts";
import { WriteSet } from "../write_set.ts";
import {
  type BackupEnds,
  type BackupName,
  type BackupPlace,
  listBackups,
  readBackup,
  readEnds,
} from "./backup_folder.ts";
import type { BackupBlock } from "./backup_format.ts";

/** Backups that add up to a version, the one of rows first. */
export interface BackupChain {
  readonly files: readonly BackupName[];
  readonly version: CommitVersion;
}

/** Takes what a chain adds up to, bit by bit: `writes`, after which it is at `version`. */
export type ApplyWrites = (version: CommitVersion, writes: WriteSet) => Promise<void>;

/**
 * Finds the backups that lead to `version`, or to the newest one where that is null.
 *
 * @throws {HoldfastError} `not_found` where no backup of the folder holds that version, or
 *   one that is needed is missing; as `readBackup` where a head can't be read.
 */
export async function findChain(
  place: BackupPlace,
  version: CommitVersion | null,
): Promise<BackupChain> {
  const names = await listBackups(place);
  let unreadable: unknown = null;
  for (let index = names.length - 1; index >= 0; index -= 1) {
    const name = names[index]!;
    if (version !== null && !mayHold(name, version)) continue;
    const last = await readEnds(place, name).catch((error: unknown) => {
      // The newest is asked for: an older one in its place would be a surprise.
      if (version === null || !isDamage(error)) throw error;
      unreadable = error;
      return null;
    });
    if (last === null) continue;
    if (version !== null && last.contents === "commits" && version <= last.head.since) continue;
    const files = await chainTo(place, names.slice(0, index), last);
    return { files, version: version ?? name.version };
  }
  if (unreadable !== null) throw unreadable;
  const held = names.map((name) => name.version).join(", ");
  const sentence =
    names.length === 0
      ? `there is no backup in ${place.folder}`
      : `no backup in ${place.folder} holds version ${version}; it has ${held}`;
  throw new HoldfastError("not_found", sentence);
}

/** By its name alone. */
function mayHold({ contents, version: last }: BackupName, version: CommitVersion): boolean {
  return contents === "rows" ? last === version : last >= version;
}

function isDamage(error: unknown): boolean {
  return isHoldfastError(error, "corrupt", "truncated", "too_large", "unsupported_version");
}

async function chainTo(
  place: BackupPlace,
  earlier: readonly BackupName[],
  last: BackupEnds,
): Promise<BackupName[]> {
  const chain: BackupName[] = [last];
  let top = last;
  for (let index = earlier.length - 1; top.contents === "commits"; index -= 1) {
    const name = earlier[index];
    if (name === undefined) {
      const sentence = `${top.file} builds upon a backup of version ${top.head.since}, which is missing`;
      throw new HoldfastError("not_found", sentence);
    }
    if (name.version !== top.head.since) continue;
    const ends = await readEnds(place, name);
    if (!equalBytes(ends.end.hash, top.head.previous)) continue;
    chain.unshift(name);
    top = ends;
  }
  return chain;
}

/**
 * Reads a chain, and gives out what it adds up to. The last call is of the chain's version.
 *
 * @throws {HoldfastError} As `readBackup`, with the file's name; what `apply` throws.
 */
export async function replayChain(
  place: BackupPlace,
  { files, version }: BackupChain,
  apply: ApplyWrites,
): Promise<void> {
  for (const name of files) {
    try {
      await readBackup(place, name, (block) => applyBlock(block, name, version, apply));
    } catch (error) {
      if (!isHoldfastError(error) || !isDamage(error)) throw error;
      throw new HoldfastError(error.code, `${name.file}: ${error.message}`, { cause: error });
    }
  }
  await apply(version, new WriteSet());
}

async function applyBlock(
  block: BackupBlock,
  name: BackupName,
  last: CommitVersion,
  apply: ApplyWrites,
): Promise<void> {
  if (block.type === "rows") {
    const writes = new WriteSet();
    for (const { key, value } of block.rows) writes.set(key, value);
    await apply(name.version, writes);
  } else if (block.type === "commit" && block.commit.version <= last) {
    await apply(block.commit.version, block.commit.writes);
  }
}
