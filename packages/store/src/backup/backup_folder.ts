// A folder of backups: one file each, in the order in which they were made.
//
//   000001-rows-1200.hfb       all of a store at version 1200
//   000002-commits-1350.hfb    what changed since, up to version 1350
//   draft.part                 one that is being made, or was cut short: of no worth
//   lock                       claims the folder for whoever makes one
//
// Invariants:
//   BF1  A file has its name only once all of it is synced and was read as it came: so
//        whatever ends a process, what has a name was a whole backup.
//   BF2  No file that has a name is ever written to.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Disk, DiskFile, DiskLock } from "@holdfast/world";
import type { CommitVersion } from "../store.ts";
import {
  type BackupBlock,
  type BackupEnd,
  type BackupHead,
  blockHeadSizeBytes,
  decodeBlock,
  endBlockSizeBytes,
  fileHead,
  payloadSizeBytes,
} from "./backup_format.ts";
import { BackupReader } from "./backup_reader.ts";
import type { BackupBase, BackupSink } from "./stream_backup.ts";

/** Where backups lie. */
export interface BackupPlace {
  readonly disk: Disk;
  readonly folder: string;
}

/** A backup by the name of its file. */
export interface BackupName {
  readonly file: string;
  /** 1 for the first. */
  readonly sequence: number;
  readonly contents: BackupHead["contents"];
  readonly version: CommitVersion;
}

/** A backup that was read. */
export interface BackupFile extends BackupEnds {
  readonly sizeBytes: number;
}

/** A backup of which the first and the last bytes were read. */
export interface BackupEnds extends BackupName {
  readonly head: BackupHead;
  readonly end: BackupEnd;
}

/** Most of a file that the payload of its head takes. */
const headSizeBytesMax = 256;

const namePattern = /^(\d{6,9})-(rows|commits)-(\d{1,16})\.hfb$/;
const draftName = "draft.part";
const lockName = "lock";
const readSizeBytes = 1_048_576;

/** The backups in a folder, the oldest first. @throws {HoldfastError} `not_found`, `permission_denied`, `io`. */
export async function listBackups({ disk, folder }: BackupPlace): Promise<BackupName[]> {
  const names: BackupName[] = [];
  for (const file of await disk.list(folder)) {
    const [, sequence, contents, version] = namePattern.exec(file) ?? [];
    if (sequence === undefined) continue;
    names.push({
      file,
      sequence: Number(sequence),
      contents: contents as BackupHead["contents"],
      version: Number(version) as CommitVersion,
    });
  }
  return names.sort((one, other) => one.sequence - other.sequence);
}

/**
 * Reads all of a backup's file.
 *
 * @param onBlock - Takes each block, which was checked; but whether the whole is right
 *   shows only when this resolves.
 * @throws {HoldfastError} `corrupt`, `truncated`, `too_large`, `unsupported_version`;
 *   what the disk and `onBlock` throw.
 */
export async function readBackup(
  { disk, folder }: BackupPlace,
  name: BackupName,
  onBlock: (block: BackupBlock) => Promise<void> | void,
): Promise<BackupFile> {
  const file = await disk.open(`${folder}/${name.file}`, { create: false });
  try {
    const sizeBytes = await file.size();
    const reader = new BackupReader();
    for (let at = 0; at < sizeBytes; at += readSizeBytes) {
      for (const block of reader.push(await file.read(at, readSizeBytes))) await onBlock(block);
    }
    const { head, end } = reader.finish();
    if (head.version !== name.version || head.contents !== name.contents) {
      throw new HoldfastError("corrupt", `it holds ${head.contents} of version ${head.version}`);
    }
    return { ...name, sizeBytes, head, end };
  } finally {
    await file.close();
  }
}

/** What a backup says of itself first and last. O(1). */
export async function readEnds(
  { disk, folder }: BackupPlace,
  name: BackupName,
): Promise<BackupEnds> {
  const file = await disk.open(`${folder}/${name.file}`, { create: false });
  try {
    const sizeBytes = await file.size();
    const reader = new BackupReader();
    const upTo = fileHead.length + blockHeadSizeBytes;
    const blockHead = (await file.read(0, upTo)).subarray(fileHead.length);
    const headBytes = Math.min(payloadSizeBytes(blockHead), headSizeBytesMax);
    reader.push(await file.read(0, upTo + headBytes));
    if (reader.head === null) throw new HoldfastError("truncated", `${name.file} has no head`);
    const tail = await file.read(Math.max(0, sizeBytes - endBlockSizeBytes), endBlockSizeBytes);
    const last = decodeBlock(tail);
    if (last.type !== "end") throw new HoldfastError("truncated", `${name.file} has no end`);
    return { ...name, head: reader.head, end: last.end };
  } finally {
    await file.close();
  }
}

/** Takes a new backup into a folder. */
export class BackupDraft {
  readonly #place: BackupPlace;
  readonly #lock: DiskLock;
  readonly #file: DiskFile;
  readonly #reader = new BackupReader();

  private constructor(place: BackupPlace, lock: DiskLock, file: DiskFile) {
    this.#place = place;
    this.#lock = lock;
    this.#file = file;
  }

  /**
   * Claims the folder, made where it is missing. What an earlier draft left is thrown away.
   *
   * @throws {HoldfastError} `locked` where somebody else is making a backup there; what the disk throws.
   */
  static async open(place: BackupPlace): Promise<BackupDraft> {
    const { disk, folder } = place;
    await disk.makeFolder(folder);
    const lock = await disk.lock(`${folder}/${lockName}`);
    try {
      const file = await disk.open(`${folder}/${draftName}`, { create: true });
      await file.truncate(0);
      return new BackupDraft(place, lock, file);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Adds the next bytes. @throws {HoldfastError} As {@link BackupReader.push}; what the disk throws. */
  async put(bytes: Uint8Array): Promise<void> {
    this.#reader.push(bytes);
    await this.#file.append(bytes);
  }

  /**
   * Gives it its name, once it is whole and synced, and gives the folder back.
   *
   * @throws {HoldfastError} `truncated` where it is not whole; what the disk throws.
   */
  async finish(): Promise<BackupFile> {
    try {
      const { head, end } = this.#reader.finish();
      const { disk, folder } = this.#place;
      const sizeBytes = await this.#file.size();
      await this.#file.sync();
      const sequence = ((await listBackups(this.#place)).at(-1)?.sequence ?? 0) + 1;
      const { contents, version } = head;
      const file = `${String(sequence).padStart(6, "0")}-${contents}-${version}.hfb`;
      await disk.rename(`${folder}/${draftName}`, `${folder}/${file}`);
      await disk.syncFolder(folder);
      return { file, sequence, contents, version, sizeBytes, head, end };
    } finally {
      await this.abandon();
    }
  }

  /** Gives the folder back. Harmless twice, and after {@link finish}. */
  async abandon(): Promise<void> {
    await this.#file.close();
    await this.#lock.release();
  }
}

/**
 * Makes a backup in a folder out of the bytes that `write` puts, which is told the newest
 * one that is there, to build upon; null where there is none, or none that can be read.
 * Throws what the draft and `write` throw.
 */
export async function keepBackup(
  place: BackupPlace,
  write: (put: BackupSink, base: BackupBase | null) => Promise<void>,
): Promise<BackupFile> {
  const draft = await BackupDraft.open(place);
  try {
    await write((bytes) => draft.put(bytes), await newestBase(place));
    return await draft.finish();
  } finally {
    await draft.abandon();
  }
}

async function newestBase(place: BackupPlace): Promise<BackupBase | null> {
  const name = (await listBackups(place)).at(-1);
  if (name === undefined) return null;
  try {
    const { head, end } = await readEnds(place, name);
    return { version: head.version, hash: end.hash, mark: head.mark };
  } catch (error) {
    if (isHoldfastError(error, "corrupt", "truncated", "unsupported_version")) return null;
    throw error;
  }
}
