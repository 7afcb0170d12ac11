// An append-only log of checksummed records in one file: what a client keeps its
// documents in, and the memory store its commits.
//
// Problem: after a crash, a file's end may be torn, and that is harmless: nobody
// was told that it was kept. A damaged record further ahead was acknowledged, and
// must never be dropped in silence. Both look like a bad checksum.
// Method: each record says how many bytes of the file were synced when it was
// written. Where a record is bad, what follows is searched for a good one that
// was written after the bad one had been synced. There is one: the log is
// corrupt, and is not opened. There is none: the tail is torn, and is cut off.
// A damaged last record can't be told from a torn one; whoever must know has to
// write something after it.
//
// Two things a file may show though it holds less. A new file may have got its size
// but not its bytes: as long as the head and no more, all zeros, it never held a
// record. And after a failed sync the system may read back what it gave up writing,
// and report success for the next sync (see NodeFile): so opening writes again what
// was not known to be synced when the last record was written.
//
// Invariants:
//   L1  `append` resolves only after a sync that began after the record was written.
//   L2  Records are read back in the order of their `append`s, and each resolved one is there.
//   L3  After a failed sync nothing more is written: what the file holds is not known.
//   L4  An append that failed for want of room leaves no trace.
//   L5  When opening returns, the records that it hands out are durable, and so is the
//       name of the file, whatever failed or ended before.
//
// Layout (integers big-endian):
//   "HFL" u8 version (0), u8 length of purpose, purpose (ASCII)
//   then for each record:
//     u8    0x48               marks a start, to search for
//     u32   CRC-32C of all that follows
//     u32   length of the payload
//     u32 u32  synced bytes of the file when this was written, high and low half
//     payload

import {
  assert,
  crc32c,
  encodeUtf8,
  equalBytes,
  HoldfastError,
  Reader,
  Writer,
} from "@holdfast/std";
import type { Disk, DiskFile } from "./disk.ts";

/** Most bytes of one record. */
export const recordSizeBytesMax = 16_777_216;

/** Where a record's payload stands in the file. */
export interface RecordPlace {
  readonly offset: number;
  readonly length: number;
}

/** Options for {@link RecordLog.open}. */
export interface RecordLogOptions {
  readonly disk: Disk;
  /** The file; it is created when absent. The folder must be there. */
  readonly path: string;
  /** Names what the records are, at most 32 ASCII characters; a log of another purpose is refused. */
  readonly purpose: string;
  /** Called for each record that is there already, in order. The payload must not be kept or changed. */
  readonly onRecord: (payload: Uint8Array, place: RecordPlace) => void;
}

interface Pending {
  readonly record: Uint8Array;
  readonly resolve: (place: RecordPlace) => void;
  readonly reject: (error: unknown) => void;
}

const version = 0;
const startMark = 0x48;
const recordHeadSizeBytes = 17;
const purposeSizeBytesMax = 32;
// Records this close to one another are read in one go.
const readSizeBytesMax = 1_048_576;
// One write takes at most this much of what waits, so that memory stays bounded.
const batchSizeBytesMax = 4 * recordSizeBytesMax;
// A larger batch is written in memory of its own.
const roomSizeBytesMax = 131_072;

/** An open log. One at a time on a file: whoever opens it holds a lock. */
export class RecordLog {
  readonly #file: DiskFile;
  readonly #path: string;
  #sizeBytes: number;
  #syncedBytes: number;
  #pending: Pending[] = [];
  #writing: Promise<void> | null = null;
  #failure: unknown = null;
  /** For one batch after the other: memory that was written to before is quicker than new. */
  readonly #room = new Writer(0);
  /** Bytes of a torn tail that opening cut off. */
  readonly tornBytes: number;

  private constructor(file: DiskFile, path: string, sizeBytes: number, tornBytes: number) {
    this.#file = file;
    this.#path = path;
    this.#sizeBytes = sizeBytes;
    this.#syncedBytes = sizeBytes;
    this.tornBytes = tornBytes;
  }

  /**
   * Opens the log and hands out its records. O(file); holds the file in memory meanwhile.
   *
   * @throws {HoldfastError} `corrupt` where a record that had been synced is
   *   damaged, with its offset; `unsupported_version`; what the disk throws.
   */
  static async open(options: RecordLogOptions): Promise<RecordLog> {
    const { disk, path, purpose } = options;
    const file = await disk.open(path, { create: true });
    try {
      const bytes = await file.read(0, await file.size());
      const head = fileHead(purpose);
      const { end, surelySynced } = isUnborn(bytes, head)
        ? { end: 0, surelySynced: 0 }
        : replay(bytes, head, options);
      if (end === 0) {
        // A file without a whole head never held a record.
        await file.truncate(0);
        await file.append(head);
      } else {
        if (end < bytes.length) await file.truncate(end);
        await file.write(surelySynced, bytes.subarray(surelySynced, end));
      }
      await file.sync();
      // Its name must last too; whoever made or replaced the file may have ended before that.
      await disk.syncFolder(folderOf(path));
      return new RecordLog(file, path, Math.max(end, head.length), bytes.length - end);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Bytes of the file, what waits to be written not counted. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Whether nothing more can be appended: after a failure of the device or of a sync, or once closed. */
  get isStopped(): boolean {
    return this.#failure !== null;
  }

  /**
   * Adds a record; resolves to its place once it is durable. What is added while
   * a sync runs shares the next one.
   *
   * @throws {HoldfastError} `too_large`; `disk_full` (the log goes on without this
   *   record and those that waited with it); `io`, and then always; `closed`.
   */
  append(payload: Uint8Array): Promise<RecordPlace> {
    if (payload.length > recordSizeBytesMax) {
      const sentence = `record of ${payload.length} bytes, at most ${recordSizeBytesMax}`;
      return Promise.reject(new HoldfastError("too_large", sentence));
    }
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending.push({ record: payload, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  /**
   * Reads a record again, and checks it again.
   *
   * @throws {HoldfastError} `corrupt` where the file has changed underneath; what
   *   stopped the log, where it is stopped.
   */
  async read(place: RecordPlace): Promise<Uint8Array> {
    if (this.#failure !== null) throw this.#failure;
    const from = place.offset - recordHeadSizeBytes;
    const bytes = await this.#file.read(from, recordHeadSizeBytes + place.length);
    const record = parseRecord(bytes, 0);
    if (record === null || record.length !== place.length) {
      throw new HoldfastError("corrupt", `${this.#path}: record at ${from} is damaged`);
    }
    return bytes.subarray(recordHeadSizeBytes);
  }

  /**
   * As {@link read}, for many: neighbours in the file are read in one go.
   *
   * @param places - In the order of the file.
   */
  async readMany(places: readonly RecordPlace[]): Promise<readonly Uint8Array[]> {
    if (this.#failure !== null) throw this.#failure;
    const payloads: Uint8Array[] = [];
    for (let first = 0; first < places.length; ) {
      const from = places[first]!.offset - recordHeadSizeBytes;
      let last = first;
      while (last + 1 < places.length && endOf(places[last + 1]!) - from <= readSizeBytesMax) {
        last += 1;
      }
      const bytes = await this.#file.read(from, endOf(places[last]!) - from);
      for (; first <= last; first += 1) {
        const { offset, length } = places[first]!;
        const at = offset - recordHeadSizeBytes - from;
        if (parseRecord(bytes, at)?.length !== length) {
          throw new HoldfastError("corrupt", `${this.#path}: record at ${from + at} is damaged`);
        }
        payloads.push(bytes.subarray(offset - from, offset - from + length));
      }
    }
    return payloads;
  }

  /** Writes what waits, then closes the file. Harmless twice. */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#failure === null) {
      this.#failure = new HoldfastError("closed", `${this.#path} is closed`);
      await this.#file.close();
    }
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#writeBatch(batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
        if (this.#failure !== null) this.#rejectPending(error);
      }
    }
    this.#writing = null;
  }

  #takeBatch(): Pending[] {
    let sizeBytes = 0;
    let count = 0;
    while (count < this.#pending.length && sizeBytes < batchSizeBytesMax) {
      sizeBytes += this.#pending[count]!.record.length;
      count += 1;
    }
    return this.#pending.splice(0, count);
  }

  async #writeBatch(batch: readonly Pending[]): Promise<void> {
    const places: RecordPlace[] = [];
    const sizeBytes = batch.reduce((sum, one) => sum + one.record.length + recordHeadSizeBytes, 0);
    const writer = sizeBytes > roomSizeBytesMax ? new Writer(sizeBytes) : this.#room.clear();
    for (const { record } of batch) {
      places.push({
        offset: this.#sizeBytes + writer.sizeBytes + recordHeadSizeBytes,
        length: record.length,
      });
      writeRecord(writer, record, this.#syncedBytes);
    }
    try {
      await this.#file.append(writer.view());
    } catch (error) {
      // The disk cut off what it had written (see disk.ts); only an error of the
      // device leaves the file's end unknown.
      if (!(error instanceof HoldfastError && error.code === "disk_full")) await this.#fail(error);
      throw error;
    }
    this.#sizeBytes += writer.sizeBytes;
    try {
      await this.#file.sync();
    } catch (error) {
      await this.#fail(error);
      throw error;
    }
    this.#syncedBytes = this.#sizeBytes;
    batch.forEach(({ resolve }, index) => {
      resolve(places[index]!);
    });
  }

  async #fail(error: unknown): Promise<void> {
    this.#failure = error;
    await this.#file.close();
  }

  #rejectPending(error: unknown): void {
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }
}

/**
 * Hands out the records of a log as opening it does, and changes nothing. O(file).
 *
 * @throws {HoldfastError} `not_found`; as {@link RecordLog.open}.
 */
export async function readRecordLog(options: RecordLogOptions): Promise<void> {
  const file = await options.disk.open(options.path, { create: false });
  try {
    const bytes = await file.read(0, await file.size());
    const head = fileHead(options.purpose);
    if (!isUnborn(bytes, head)) replay(bytes, head, options);
  } finally {
    await file.close();
  }
}

/**
 * Puts a log with just `payloads` in the place of the one at `path`, in one
 * step: after a crash one of both is there, whole. Nobody may have it open.
 */
export async function replaceRecordLog(
  disk: Disk,
  path: string,
  purpose: string,
  payloads: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const draft = `${path}.new`;
  const file = await disk.open(draft, { create: true });
  try {
    await file.truncate(0);
    const head = fileHead(purpose);
    await file.append(head);
    let sizeBytes = head.length;
    for await (const payload of payloads) {
      const writer = new Writer(payload.length + recordHeadSizeBytes);
      // All of the file is synced before it has its name: so each record may say that
      // those before it were, and damage to one of them is not taken for a torn tail.
      writeRecord(writer, payload, sizeBytes);
      await file.append(writer.finish());
      sizeBytes += writer.sizeBytes;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(draft, path);
  await disk.syncFolder(folderOf(path));
}

function fileHead(purpose: string): Uint8Array {
  const name = encodeUtf8(purpose);
  assert(name.length <= purposeSizeBytesMax, "a log's purpose is short");
  return new Writer().raw(encodeUtf8("HFL")).u8(version).u8(name.length).raw(name).finish();
}

function writeRecord(writer: Writer, payload: Uint8Array, syncedBytes: number): void {
  const head = new Writer(recordHeadSizeBytes)
    .u32(payload.length)
    .u32(Math.floor(syncedBytes / 0x1_0000_0000))
    .u32(syncedBytes % 0x1_0000_0000)
    .view();
  writer
    .u8(startMark)
    .u32(crc32c(payload, crc32c(head)))
    .raw(head)
    .raw(payload);
}

/** Whether the file never held a whole head: it is shorter, or got the size and not the bytes. */
function isUnborn(bytes: Uint8Array, head: Uint8Array): boolean {
  if (bytes.length < head.length) return true;
  return bytes.length === head.length && bytes.every((byte) => byte === 0);
}

interface Replayed {
  /** Where the last good record ends. */
  readonly end: number;
  /** How much of the file was synced when that record was written, as it says itself. */
  readonly surelySynced: number;
}

/** Hands out the records. */
function replay(bytes: Uint8Array, head: Uint8Array, options: RecordLogOptions): Replayed {
  requireHead(bytes, head, options.path);
  let at = head.length;
  let surelySynced = 0;
  while (at < bytes.length) {
    const record = parseRecord(bytes, at);
    if (record === null) {
      refuseIfSynced(bytes, at, options.path);
      break;
    }
    // Whoever wrote it had synced more than lies before it: it belongs further on, and
    // something that was synced is gone from here.
    if (record.synced > at) {
      throw new HoldfastError("corrupt", `${options.path}: the record at ${at} is not of there`);
    }
    const offset = at + recordHeadSizeBytes;
    surelySynced = record.synced;
    at = offset + record.length;
    options.onRecord(bytes.subarray(offset, at), { offset, length: record.length });
  }
  return { end: at, surelySynced };
}

function requireHead(bytes: Uint8Array, head: Uint8Array, path: string): void {
  if (equalBytes(bytes.subarray(0, head.length), head)) return;
  if (!equalBytes(bytes.subarray(0, 3), head.subarray(0, 3))) {
    throw new HoldfastError("corrupt", `${path} is not a log`);
  }
  if (bytes[3] !== version) {
    throw new HoldfastError("unsupported_version", `${path}: log version ${bytes[3]}`);
  }
  throw new HoldfastError("corrupt", `${path} is a log of something else`);
}

interface RecordHead {
  readonly checksum: number;
  readonly length: number;
  readonly synced: number;
}

/** What a record at `at` says of itself; null where none can begin there. */
function parseHead(bytes: Uint8Array, at: number): RecordHead | null {
  if (bytes.length - at < recordHeadSizeBytes || bytes[at] !== startMark) return null;
  const reader = new Reader(bytes.subarray(at + 1, at + recordHeadSizeBytes));
  const checksum = reader.u32("record checksum");
  const length = reader.u32("record length");
  const synced =
    reader.u32("record synced bytes") * 0x1_0000_0000 + reader.u32("record synced bytes");
  const isTooLong = length > recordSizeBytesMax || at + recordHeadSizeBytes + length > bytes.length;
  return isTooLong ? null : { checksum, length, synced };
}

function parseRecord(bytes: Uint8Array, at: number): RecordHead | null {
  const head = parseHead(bytes, at);
  if (head === null) return null;
  const end = at + recordHeadSizeBytes + head.length;
  return crc32c(bytes.subarray(at + 5, end)) === head.checksum ? head : null;
}

function refuseIfSynced(bytes: Uint8Array, bad: number, path: string): void {
  // A tail of made-up heads would have the same bytes checked again and again. No
  // torn one has them: so many that say they came later are damage enough.
  let checkedBytesLeft = bytes.length;
  for (let at = bad + 1; at < bytes.length; at += 1) {
    const head = bytes[at] === startMark ? parseHead(bytes, at) : null;
    if (head === null || head.synced <= bad || head.synced > at) continue;
    checkedBytesLeft -= head.length;
    if (checkedBytesLeft < 0 || parseRecord(bytes, at) !== null) {
      throw new HoldfastError("corrupt", `${path}: record at ${bad} is damaged`);
    }
  }
}

function endOf({ offset, length }: RecordPlace): number {
  return offset + length;
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? (slash === 0 ? "/" : ".") : path.slice(0, slash);
}
