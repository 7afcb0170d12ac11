// The log of commits in front of an engine: a few files, each of which goes as a whole once
// the engine holds durably what it tells.
//
//   commits.7   head | 101 | 102 | 103        the engine has these: it may go
//   commits.8   head | 104 | 105              is appended to
//
// Invariants:
//   CL1  Each record names the version before it. Those that are above the engine's version
//        follow on one another and on that version without a gap, or the log is corrupt.
//   CL2  A file is begun only while nothing is appended, and whatever comes later goes there.
//   CL3  Files of another store, which was in this folder before, are not read.
//
// Layout: see docs/formats/commit-log.md.

import {
  assert,
  type ErrorCode,
  equalBytes,
  HoldfastError,
  isHoldfastError,
  Reader,
  Writer,
} from "@holdfast/std";
import { type Disk, RecordLog, readRecordLog } from "@holdfast/world";
import {
  type CommitRecord,
  decodeCommit,
  lengthsSizeBytes,
  writeCommit,
} from "../commit_record.ts";
import type { CommitVersion } from "../store.ts";

/** What the files are called, with a number behind it. */
const namePrefix = "commits.";
const purpose = "commits";
const format = 0;
const identitySizeBytes = 16;
/** A larger commit is written in memory of its own. */
const roomSizeBytes = 262_144;

/** Where a log lies, and whose it is. */
export interface CommitLogPlace {
  readonly disk: Disk;
  readonly folder: string;
  /** The store's, 16 bytes. */
  readonly identity: Uint8Array;
}

/** Told what a log holds beyond a version. */
type OnCommit = (commit: CommitRecord) => void;

/** See the head of this file. */
export class CommitLog {
  readonly #place: CommitLogPlace;
  /** Files that are there, in order; the last may be the one that is appended to. */
  #numbers: number[];
  #current: LogFile | null = null;
  /** For one record after the other. */
  readonly #writer = new Writer(roomSizeBytes);
  #next: Promise<LogFile> | LogFile | null = null;

  private constructor(place: CommitLogPlace, numbers: number[]) {
    this.#place = place;
    this.#numbers = numbers;
  }

  /**
   * Reads what is there, and hands out the commits above `version`, in order. O(log).
   *
   * @throws {HoldfastError} `corrupt` where one is damaged or missing; `unsupported_version`;
   *   what the disk throws.
   */
  static async open(
    place: CommitLogPlace,
    version: CommitVersion,
    onCommit: OnCommit,
  ): Promise<CommitLog> {
    const numbers = await numbersIn(place);
    const replay = new Replay(place, version, onCommit);
    for (const number of numbers) {
      const path = pathOf(place, number);
      const onRecord = replay.reader(path);
      // Opened to be written: that makes durable what was read, and cuts off what is torn.
      await (await RecordLog.open({ disk: place.disk, path, purpose, onRecord })).close();
    }
    return new CommitLog(place, numbers);
  }

  /** Whether nothing more can be appended. */
  get isStopped(): boolean {
    return this.#current?.log.isStopped ?? false;
  }

  /** Whether a new file is ready. */
  get isReady(): boolean {
    return this.#next !== null && !(this.#next instanceof Promise);
  }

  /** Bytes of the file that is appended to. */
  get sizeBytes(): number {
    return this.#current?.log.sizeBytes ?? 0;
  }

  /**
   * Makes a commit durable. One at a time.
   *
   * @param before - The version that it follows on.
   * @throws {HoldfastError} As `RecordLog.append`; `disk_full` where no file can be begun.
   */
  async append(before: CommitVersion, commit: CommitRecord): Promise<void> {
    if (this.#current === null) {
      await this.prepare();
      this.switch();
    }
    const { sizeBytes, points } = commit.writes;
    const neededBytes = sizeBytes + points.size * lengthsSizeBytes + 64;
    // Memory that was written to before is quicker than new.
    const writer = neededBytes > roomSizeBytes ? new Writer(neededBytes) : this.#writer.clear();
    writeCommit(writer.uint(before), commit);
    await this.#current!.log.append(writer.view());
  }

  /** Has a new file ready. @throws {HoldfastError} `disk_full`, `io`. */
  async prepare(): Promise<void> {
    this.#next ??= this.#begin().then(
      (file) => {
        this.#next = file;
        return file;
      },
      (error: unknown) => {
        this.#next = null;
        throw error;
      },
    );
    await this.#next;
  }

  /**
   * From now on what is appended goes to the new file, which is ready. Nothing may be being
   * appended: CL2.
   *
   * @returns The new file's number.
   */
  switch(): number {
    const next = this.#next;
    assert(next !== null && !(next instanceof Promise), "CL2: no file is ready");
    void this.#current?.log.close();
    this.#current = next;
    this.#next = null;
    return next.number;
  }

  /** Removes the files before that number: the engine holds durably what they tell. */
  async drop(before: number): Promise<void> {
    const gone = this.#numbers.filter((number) => number < before);
    this.#numbers = this.#numbers.filter((number) => number >= before);
    for (const number of gone) {
      try {
        await this.#place.disk.remove(pathOf(this.#place, number));
      } catch (error) {
        // One that could not be begun.
        if (!isHoldfastError(error, "not_found")) throw error;
      }
    }
  }

  /** Gives the files back; nothing is appended afterwards. */
  async close(): Promise<void> {
    await this.#current?.log.close();
    this.#current = null;
    const next = await Promise.resolve(this.#next).catch(() => null);
    await next?.log.close();
    this.#next = null;
  }

  async #begin(): Promise<LogFile> {
    const number = (this.#numbers.at(-1) ?? 0) + 1;
    this.#numbers.push(number);
    const { disk, identity } = this.#place;
    const path = pathOf(this.#place, number);
    const log = await RecordLog.open({ disk, path, purpose, onRecord: () => {} });
    try {
      await log.append(new Writer(identitySizeBytes + 1).u8(format).raw(identity).finish());
    } catch (error) {
      await log.close();
      throw error;
    }
    return { number, log };
  }
}

/** A file that is appended to. */
interface LogFile {
  readonly number: number;
  readonly log: RecordLog;
}

/** Removes whatever files of logs are in `folder`. */
export async function removeCommitLogs(disk: Disk, folder: string): Promise<void> {
  const place = { disk, folder };
  for (const number of await numbersIn(place)) await disk.remove(pathOf(place, number));
}

/** What {@link checkCommitLog} found. */
export interface CommitLogReport {
  /** The newest version, of the log or of the engine. */
  readonly version: CommitVersion;
  /** Records above the engine's version. */
  readonly commits: number;
  /** What is wrong, in a sentence; null where nothing is. */
  readonly problem: string | null;
}

/** Reads a log as opening does, and changes nothing. @throws {HoldfastError} What the disk throws. */
export async function checkCommitLog(
  place: CommitLogPlace,
  version: CommitVersion,
): Promise<CommitLogReport> {
  let commits = 0;
  const replay = new Replay(place, version, () => {
    commits += 1;
  });
  try {
    for (const number of await numbersIn(place)) {
      const path = pathOf(place, number);
      const onRecord = replay.reader(path);
      await readRecordLog({ disk: place.disk, path, purpose, onRecord });
    }
  } catch (error) {
    if (!isHoldfastError(error, ...damageCodes)) throw error;
    return { version: replay.version, commits, problem: error.message };
  }
  return { version: replay.version, commits, problem: null };
}

const damageCodes: readonly ErrorCode[] = [
  "corrupt",
  "truncated",
  "too_large",
  "unsupported_version",
];

/** Follows the records of one file after another. */
class Replay {
  readonly #identity: Uint8Array;
  readonly #onCommit: OnCommit;
  /** The version up to which all is there. */
  version: CommitVersion;

  constructor({ identity }: CommitLogPlace, version: CommitVersion, onCommit: OnCommit) {
    this.#identity = identity;
    this.version = version;
    this.#onCommit = onCommit;
  }

  /** Takes the records of the file at `path`. */
  reader(path: string): (payload: Uint8Array) => void {
    let isOurs: boolean | null = null;
    return (payload) => {
      if (isOurs === null) isOurs = equalBytes(readHead(payload, path), this.#identity);
      else if (isOurs) this.#take(payload, path);
    };
  }

  #take(payload: Uint8Array, path: string): void {
    const reader = new Reader(payload);
    const before = reader.uint("version before");
    const commit = decodeCommit(payload.subarray(reader.offset));
    if (commit.version <= before) {
      throw new HoldfastError("corrupt", `${path}: version ${commit.version} after ${before}`);
    }
    if (commit.version <= this.version) return;
    if (before !== this.version) {
      const sentence = `${path}: commits after version ${this.version} are missing`;
      throw new HoldfastError("corrupt", sentence);
    }
    this.version = commit.version;
    this.#onCommit(commit);
  }
}

function readHead(payload: Uint8Array, path: string): Uint8Array {
  const reader = new Reader(payload);
  const found = reader.u8("format");
  if (found !== format) {
    throw new HoldfastError("unsupported_version", `${path}: commits of format ${found}`);
  }
  const identity = reader.raw(identitySizeBytes, "identity");
  reader.end("the head of a log of commits");
  return identity;
}

async function numbersIn({
  disk,
  folder,
}: Pick<CommitLogPlace, "disk" | "folder">): Promise<number[]> {
  const names = await disk.list(folder);
  return names
    .filter(
      (name) =>
        name.startsWith(namePrefix) && /^[1-9]\d{0,14}$/.test(name.slice(namePrefix.length)),
    )
    .map((name) => Number(name.slice(namePrefix.length)))
    .sort((one, other) => one - other);
}

function pathOf({ folder }: Pick<CommitLogPlace, "folder">, number: number): string {
  return `${folder}/${namePrefix}${number}`;
}
