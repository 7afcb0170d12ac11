// Which backups of a folder add up to a version, and what they add up to.
//
// A backup of commits stands on the one whose hash it names, down to one of rows. What
// a chain adds up to is given out as writes, in order; nothing is sure until the last
// file was read to its end, so whoever takes them must be able to throw them away.

import { equalBytes, HoldfastError, isHoldfastError } from "@holdfast/std";
import type { CommitVersion } from "../store.ts";
import { WriteSet } from "../write_set.ts";
import { type BackupName, type BackupPlace, listBackups, readBackup } from "./backup_folder.ts";
import {
  type BackupBlock,
  type BackupEnd,
  type BackupHead,
  decodeBlock,
  endBlockSizeBytes,
} from "./backup_format.ts";
import { BackupReader } from "./backup_reader.ts";

/** Backups that add up to a version, the one of rows first. */
export interface BackupChain {
  readonly files: readonly BackupName[];
  readonly version: CommitVersion;
}

/** Takes what a chain adds up to, bit by bit: `writes`, after which it is at `version`. */
export type ApplyWrites = (version: CommitVersion, writes: WriteSet) => Promise<void>;

interface Ends extends BackupName {
  readonly head: BackupHead;
  readonly end: BackupEnd;
}

/** Most of a file that its head takes. */
const headSizeBytesMax = 256;

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
  for (let index = names.length - 1; index >= 0; index -= 1) {
    const name = names[index]!;
    if (
      version !== null &&
      (name.contents === "rows" ? name.version !== version : name.version < version)
    ) {
      continue;
    }
    const last = await readEnds(place, name);
    if (version !== null && version < last.head.since) continue;
    const files = await chainTo(place, names.slice(0, index), last);
    return { files, version: version ?? name.version };
  }
  const held = names.map((name) => name.version).join(", ");
  const sentence =
    names.length === 0
      ? `there is no backup in ${place.folder}`
      : `no backup in ${place.folder} holds version ${version}; it has ${held}`;
  throw new HoldfastError("not_found", sentence);
}

async function chainTo(
  place: BackupPlace,
  earlier: readonly BackupName[],
  last: Ends,
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

/** What a backup says of itself first and last. O(1). */
export async function readEnds({ disk, folder }: BackupPlace, name: BackupName): Promise<Ends> {
  const file = await disk.open(`${folder}/${name.file}`, { create: false });
  try {
    const sizeBytes = await file.size();
    const reader = new BackupReader();
    reader.push(await file.read(0, headSizeBytesMax));
    if (reader.head === null) throw new HoldfastError("truncated", `${name.file} has no head`);
    const tail = await file.read(Math.max(0, sizeBytes - endBlockSizeBytes), endBlockSizeBytes);
    const last = decodeBlock(tail);
    if (last.type !== "end") throw new HoldfastError("truncated", `${name.file} has no end`);
    return { ...name, head: reader.head, end: last.end };
  } finally {
    await file.close();
  }
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
      if (!isHoldfastError(error, "corrupt", "truncated", "unsupported_version")) throw error;
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
