// Rows in memory, and a log on the World's disk from which they come back.
//
// Each group of commits is one record: written, synced, and only then applied to
// the rows and acknowledged. A log that has grown to several times what its rows
// need is written anew, and takes the old one's place in one step. That log's last
// record is empty: it closes the rows. Those before it have version 0, which is no
// commit's, so that a log which lost its end is not taken for one with fewer rows.
//
// Invariants:
//   G1  Snapshots show nothing that isn't synced.
//   G2  The rows are what the records of the log add up to, in order.
//   G3  What was appended is acknowledged, also where writing the log anew fails
//       afterwards: the old log or the new one is there, whole. What fails is the next commit.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import { type DiskLock, RecordLog, replaceRecordLog, type World } from "@holdfast/world";
import { decodeCommit, encodeCommit } from "../../commit_record.ts";
import type { Engine } from "../../engine.ts";
import { afterAllText, firstText, type KeyText, textAfter } from "../../key.ts";
import { OrderedMap } from "../../ordered_map.ts";
import { type Capabilities, type CommitVersion, keySizeBytesMax } from "../../store.ts";
import { WriteSet } from "../../write_set.ts";
import { applyWrites, type Rows, RowsSnapshot } from "./memory_engine.ts";

/** The file that holds the log. */
const logFileName = "store.log";
/** The file by which a process claims the folder. */
const lockFileName = "lock";
/** What the log's head says that it is for. */
export const logPurpose = "store";

/** A smaller log is left as it is. */
const rewriteSizeBytesMin = 4 * 1024 * 1024;
/** A log is written anew when it is this many times as large as when it was last opened or written anew. */
const rewriteFactor = 4;
/** Rows that become one record when the log is written anew. */
const rewriteStepBytes = 1024 * 1024;

/** Where the memory store's log lies. */
export interface LogPlace {
  readonly world: World;
  /** The folder, made where it is missing. */
  readonly folder: string;
}

/** What the log held when it was opened. */
interface Recovered {
  readonly log: RecordLog;
  readonly rows: Rows;
  readonly version: CommitVersion;
}

/** See the head of this file. */
export class LogEngine implements Engine {
  readonly capabilities: Capabilities = {
    driver: "memory log",
    durable: true,
    versionStamps: true,
    history: false,
    staleReads: false,
    keySizeBytesMax,
  };
  /** The log's file. */
  readonly path: string;
  /** Bytes of a commit that a crash had cut short; they were dropped when the log was opened. */
  readonly tornBytes: number;
  readonly #world: World;
  readonly #lock: DiskLock;
  readonly #rows: Rows;
  #version: CommitVersion;
  #log: RecordLog;
  #rewriteAtBytes: number;
  /** Why the log can't go on; null while it can. */
  #failure: HoldfastError | null = null;

  private constructor(place: LogPlace, lock: DiskLock, recovered: Recovered) {
    this.path = pathOf(place);
    this.tornBytes = recovered.log.tornBytes;
    this.#world = place.world;
    this.#lock = lock;
    this.#rows = recovered.rows;
    this.#version = recovered.version;
    this.#log = recovered.log;
    this.#rewriteAtBytes = rewriteAt(recovered.log);
  }

  /** Claims the folder. @throws {HoldfastError} `locked`; what the disk throws. */
  static claim({ world, folder }: LogPlace): Promise<DiskLock> {
    return world.disk.lock(`${folder}/${lockFileName}`);
  }

  /** Claims the folder, and reads its log or begins one. Throws as `openMemoryStore` says. */
  static async open(place: LogPlace): Promise<LogEngine> {
    const { world, folder } = place;
    await world.disk.makeFolder(folder);
    const lock = await LogEngine.claim(place);
    try {
      return new LogEngine(place, lock, await recover(place));
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get version(): CommitVersion {
    return this.#version;
  }

  /** The size of the log's file. */
  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  snapshot(): RowsSnapshot {
    return new RowsSnapshot(this.#version, this.#rows.snapshot());
  }

  async commit(version: CommitVersion, writes: WriteSet): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    try {
      await this.#log.append(encodeCommit({ version, writes }));
    } catch (cause) {
      if (!this.#log.isStopped) throw cause;
      throw new HoldfastError("io", `${this.path}: the log can't go on`, { cause });
    }
    applyWrites(this.#rows, writes);
    this.#version = version;
    if (this.#log.sizeBytes < this.#rewriteAtBytes) return;
    try {
      await this.#rewrite();
    } catch (cause) {
      const sentence = `${this.path}: the log could not be written anew`;
      this.#failure = new HoldfastError("io", sentence, { cause });
    }
  }

  async close(): Promise<void> {
    await this.#log.close();
    await this.#lock.release();
  }

  /** Replaces the log by one that holds just the rows; where there is no room for that, goes on with the old one. */
  async #rewrite(): Promise<void> {
    const { disk } = this.#world;
    await this.#log.close();
    let full = false;
    try {
      await replaceRecordLog(disk, this.path, logPurpose, payloadsOf(this.#rows, this.#version));
    } catch (error) {
      if (!isHoldfastError(error, "disk_full")) throw error;
      full = true;
    }
    let last: CommitVersion | null = null;
    const onRecord = (payload: Uint8Array): void => {
      last = decodeCommit(payload).version;
    };
    this.#log = await RecordLog.open({ disk, path: this.path, purpose: logPurpose, onRecord });
    // Opening it cuts off what is torn: what is written on then would stand on nothing.
    if (last !== this.#version) {
      throw new HoldfastError("corrupt", `${this.path}: it ends at version ${last}`);
    }
    this.#rewriteAtBytes = full ? this.#log.sizeBytes * 2 : rewriteAt(this.#log);
  }
}

/** The log's file. */
export function pathOf({ folder }: LogPlace): string {
  return `${folder}/${logFileName}`;
}

function rewriteAt(log: RecordLog): number {
  return Math.max(rewriteSizeBytesMin, log.sizeBytes * rewriteFactor);
}

/** Reads the log, or begins one. Throws as `openMemoryStore` says. */
export async function recover(place: LogPlace): Promise<Recovered> {
  const path = pathOf(place);
  const rows: Rows = new OrderedMap();
  let version = 0 as CommitVersion;
  let isEmpty = true;
  const take = (payload: Uint8Array) => {
    const commit = decodeCommit(payload);
    if (commit.version < version) {
      throw new HoldfastError("corrupt", `${path}: versions go back to ${commit.version}`);
    }
    applyWrites(rows, commit.writes);
    version = commit.version;
    isEmpty = false;
  };
  const { disk } = place.world;
  const log = await RecordLog.open({ disk, path, purpose: logPurpose, onRecord: take });
  if (isEmpty || version > 0) return { log, rows, version };
  await log.close();
  throw new HoldfastError("corrupt", `${path}: a log that was written anew has lost its end`);
}

/** All rows as records that are no commits, none much larger than a step, and an empty commit that closes them. */
export function* payloadsOf(rows: Rows, version: CommitVersion): Iterable<Uint8Array> {
  let from: KeyText | null = firstText;
  while (from !== null) {
    const writes = new WriteSet();
    let next: KeyText | null = null;
    rows.visit(from, afterAllText, false, (key, value) => {
      writes.set(key, value);
      if (writes.sizeBytes < rewriteStepBytes) return true;
      next = textAfter(key);
      return false;
    });
    yield encodeCommit({ version: 0 as CommitVersion, writes });
    from = next;
  }
  yield encodeCommit({ version, writes: new WriteSet() });
}
