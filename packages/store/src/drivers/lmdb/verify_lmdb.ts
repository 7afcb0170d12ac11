// Checks a folder's LMDB file: every page that is in use, every row's checksum,
// and what the store knows of itself. Reads the file without LMDB, which would
// not survive what this looks for.

import { equalBytes, HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Disk, DiskFile, World } from "@holdfast/world";
import { recordsSpan, stateKey } from "../../history/history_record.ts";
import { clusterBytes, reservedByte, toKeyText } from "../../key.ts";
import { checkCommitLog } from "../../logged/commit_log.ts";
import { problemsMax, type StoreReport } from "../../report.ts";
import type { CommitVersion } from "../../store.ts";
import { type PageVisitor, PageWalk, readFileMeta } from "./lmdb_pages.ts";
import { dataFileName, lockFileName } from "./names.ts";
import { decodeMeta, decodeRow, type Meta, metaKey, showKey } from "./row.ts";

/** Where {@link verifyLmdb} looks. */
export interface VerifyLmdbOptions {
  readonly world: Pick<World, "disk">;
  readonly folder: string;
}

/**
 * Reads all of the store in `folder` and says what is wrong with it. Changes
 * nothing. O(file), and memory of a bit for each page.
 *
 * @throws {HoldfastError} `not_found` where there is no store; `locked` where a
 *   process has it open; `permission_denied`; `io`. Damage is in the report.
 */
export async function verifyLmdb({ world, folder }: VerifyLmdbOptions): Promise<StoreReport> {
  const { disk } = world;
  const path = `${folder}/${dataFileName}`;
  const file = await disk.open(path, { create: false });
  try {
    const lock = await disk.lock(`${folder}/${lockFileName}`);
    try {
      return await new Verification(path).run(file, { disk, folder });
    } finally {
      await lock.release();
    }
  } finally {
    await file.close();
  }
}

/**
 * Finds out whether LMDB can be let near a file that is shorter than its meta
 * page says; one that was cut off would crash it. O(1) where the file is as long.
 *
 * @throws {HoldfastError} `corrupt`, and what the disk throws.
 */
export async function requireWhole(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path, { create: false });
  try {
    const meta = await readFileMeta(file);
    const sizeBytes = (meta.lastPage + 1) * meta.pageSizeBytes;
    if ((await file.size()) >= sizeBytes) return;
    const report = await new Verification(path).run(file, null);
    if (report.problems.length > 0) {
      throw new HoldfastError("corrupt", `${path} is cut off: ${report.problems[0]}`);
    }
  } finally {
    await file.close();
  }
}

class Verification implements PageVisitor {
  readonly #path: string;
  readonly #problems: string[] = [];
  #rows = 0;
  #rowBytes = 0;
  #historyRows = 0;
  #clusterRows = 0;
  #meta: Meta | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** @param logPlace - Where commits may be that the file does not have yet; null not to look. */
  async run(
    file: DiskFile,
    logPlace: { readonly disk: Disk; readonly folder: string } | null,
  ): Promise<StoreReport> {
    try {
      await PageWalk.run(file, await readFileMeta(file), this);
      if (this.#meta === null) this.problem("the store's own row is missing or damaged");
    } catch (error) {
      if (!isHoldfastError(error, "corrupt")) throw error;
      this.problem(error.message);
    }
    const notes = this.#historyRows > 0 ? [`${this.#historyRows} rows more are the history`] : [];
    if (this.#clusterRows > 0) notes.push(`${this.#clusterRows} rows more are the cluster's own`);
    let version = this.#meta?.version ?? (0 as CommitVersion);
    if (logPlace !== null && this.#meta?.isLogged) {
      const log = await checkCommitLog({ ...logPlace, identity: this.#meta.identity }, version);
      version = log.version;
      if (log.problem !== null) this.problem(log.problem);
      if (log.commits > 0) notes.push(`${log.commits} groups of commits more are in the log`);
    }
    return {
      path: this.#path,
      sizeBytes: await file.size(),
      version,
      rows: this.#rows,
      rowBytes: this.#rowBytes,
      problems: this.#problems,
      notes,
    };
  }

  row(key: Uint8Array, row: Uint8Array): void {
    try {
      const value = decodeRow(key, row);
      if (equalBytes(key, metaKey)) this.#meta = decodeMeta(value);
      else if (key[0] === reservedByte && isHistory(key)) this.#historyRows += 1;
      else if (key[0] === reservedByte && isClusters(key)) this.#clusterRows += 1;
      else if (key[0] === reservedByte) this.problem(`key ${showKey(key)} is unknown`);
      else {
        this.#rows += 1;
        this.#rowBytes += key.length + value.length;
      }
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      this.problem(error.message);
    }
  }

  problem(sentence: string): boolean {
    if (this.#problems.length < problemsMax) this.#problems.push(sentence);
    return this.#problems.length < problemsMax;
  }
}

function isHistory(key: Uint8Array): boolean {
  const text = toKeyText(key);
  return text === stateKey || (text >= recordsSpan.start && text < recordsSpan.end);
}

// Whether one of the store's own keys is a cluster's.
function isClusters(key: Uint8Array): boolean {
  return key[1] === clusterBytes.sessions || key[1] === clusterBytes.place;
}
