// Reading the segments of a log: at opening, and to check one that nobody has open.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Disk } from "@holdfast/world";
import type { Index } from "../raft/types.ts";
import { LogHistory, type Recovered } from "./log_history.ts";
import { readLogOwner } from "./log_owner.ts";
import { frameSizeBytes, readPayload } from "./log_record.ts";
import {
  endWithoutZeros,
  type Head,
  type Owner,
  readHead,
  replaceAdvice,
  type Scan,
  scanSegment,
  seedOf,
  segmentName,
  segmentNumber,
} from "./segment.ts";

/** A segment, and what of the log lies in it. */
export interface Segment {
  readonly number: number;
  /** The last entry in it that was not cut since; 0 where there is none. */
  through: Index;
  sizeBytes: number;
}

/** What the files hold. */
export interface LogFiles {
  readonly recovered: Recovered;
  readonly segments: Segment[];
  /** The checksum that the next record follows. */
  readonly chain: number;
  /** Bytes at the end that were never acknowledged, and are cut off. */
  readonly tornBytes: number;
  /** Places of damaged records that had been durable. */
  readonly damage: readonly { readonly file: string; readonly offset: number }[];
}

/** Notes that entries stand in the last of `segments` after `previous`, through `last`. */
export function noteEntries(segments: readonly Segment[], previous: Index, last: Index): void {
  for (const segment of segments) {
    if (segment.through > previous) segment.through = previous;
  }
  if (last > previous) segments.at(-1)!.through = last;
}

/** All segments as they are, and the end of the last one, which may be torn. */
interface ScannedLog {
  readonly history: LogHistory;
  readonly segments: Segment[];
  readonly damage: readonly { readonly file: string; readonly offset: number }[];
  readonly last: {
    readonly path: string;
    readonly bytes: Uint8Array;
    readonly scan: Scan;
    readonly head: Head | null;
  };
}

/**
 * Reads all segments; cuts a torn end off, and writes what was not surely durable again.
 * Null where there is none. O(files); one of them in memory at a time beside the entries.
 * `applied` is through where the state machine holds everything.
 *
 * @throws {HoldfastError} `corrupt`, with file and offset; `unsupported_version`.
 */
export async function readLog(
  disk: Disk,
  folder: string,
  { applied, ...owner }: Owner & { readonly applied: Index },
): Promise<LogFiles | null> {
  const found = await scanLog(disk, folder, owner);
  if (found === null) return null;
  const { history, segments, damage, last } = found;
  const { path, bytes, scan, head } = last;
  const surely = scan.records.at(-1)?.synced ?? head?.end ?? 0;
  const file = await disk.open(path, { create: false });
  try {
    if (scan.end < bytes.length) await file.truncate(scan.end);
    await file.write(surely, bytes.subarray(surely, scan.end));
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(folder);
  const recovered = named(path, 0, () => history.recovered(applied));
  const chain = scan.records.at(-1)?.checksum ?? head?.checksum ?? 0;
  return { recovered, segments, chain, tornBytes: tornBytesOf(last), damage };
}

/** What {@link checkLog} found. */
export interface LogReport {
  readonly owner: Owner;
  readonly segments: number;
  readonly sizeBytes: number;
  /** Entries that are kept: of the first, or that after it where there is none; and of the last. */
  readonly first: Index;
  readonly last: Index;
  /** Bytes at the end that were never acknowledged. */
  readonly tornBytes: number;
  /** Sentences; none where all that was durable is there. */
  readonly problems: readonly string[];
}

/**
 * Reads all of a log, and changes nothing. Null where there is none. O(files).
 *
 * @throws {HoldfastError} `locked` where a replica runs on it; `corrupt` where its first head
 *   is damaged, and so whose log it is can't be told; what the disk does.
 */
export async function checkLog(disk: Disk, folder: string): Promise<LogReport | null> {
  const owner = await readLogOwner(disk, folder);
  if (owner === null) {
    const names = await disk.list(folder).catch(() => []);
    const first = names.find((name) => segmentNumber(name) !== null);
    if (first === undefined) return null;
    throw new HoldfastError("corrupt", `${folder}/${first}: its head, at 0, is damaged`);
  }
  const lock = await disk.lock(`${folder}/lock`);
  try {
    return await report(disk, folder, owner);
  } finally {
    await lock.release();
  }
}

async function report(disk: Disk, folder: string, owner: Owner): Promise<LogReport> {
  const none = { segments: 0, sizeBytes: 0, first: 0 as Index, last: 0 as Index, tornBytes: 0 };
  try {
    const { history, segments, damage, last } = (await scanLog(disk, folder, owner))!;
    const { base, last: end, isHoled, unsure } = history.recovered(0 as Index);
    const problems = damage.map(({ file, offset }) => `${file}: damaged at ${offset}`);
    if (isHoled) problems.push(`entries after ${end.index} are lost, through ${unsure}`);
    return {
      ...{ owner, segments: segments.length, tornBytes: tornBytesOf(last), problems },
      sizeBytes: segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      ...{ first: (base.index + 1) as Index, last: end.index },
    };
  } catch (error) {
    if (!isHoldfastError(error, "corrupt", "unsupported_version")) throw error;
    return { owner, ...none, problems: [error.message] };
  }
}

async function scanLog(disk: Disk, folder: string, owner: Owner): Promise<ScannedLog | null> {
  const names = await disk.list(folder);
  const numbers = names.map(segmentNumber).filter((number) => number !== null);
  const segments: Segment[] = [];
  const damage: { file: string; offset: number }[] = [];
  let history: LogHistory | null = null;
  let last: ScannedLog["last"] | null = null;
  for (const number of numbers) {
    const path = `${folder}/${segmentName(number)}`;
    const bytes = await contentOf(disk, path);
    const head = named(path, 0, () => readHead(bytes, owner, number));
    segments.push({ number, through: 0 as Index, sizeBytes: bytes.length });
    if (head === null) {
      damage.push({ file: path, offset: 0 });
      if (history === null) {
        const sentence = `${path}: its head, at 0, is damaged: ${replaceAdvice}`;
        throw new HoldfastError("corrupt", sentence);
      }
    } else if (history === null) history = new LogHistory(head.standing);
    else history.head(head.standing);
    const isLast = number === numbers.at(-1);
    const place = { start: head?.end ?? 0, before: head?.checksum ?? null, isLast };
    const scan = scanSegment(bytes, { ...place, seed: seedOf(owner, number) });
    for (const offset of scan.damage) damage.push({ file: path, offset });
    for (const { start: at, end } of scan.records) {
      const record = named(path, at, () => readPayload(bytes.subarray(at + frameSizeBytes, end)));
      history.record(record);
      const { previous, entries } = record;
      noteEntries(segments, previous.index, (previous.index + entries.length) as Index);
    }
    if (isLast) segments.at(-1)!.sizeBytes = scan.end;
    last = { path, bytes, scan, head };
  }
  return history === null || last === null ? null : { history, segments, damage, last };
}

async function contentOf(disk: Disk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, { create: false });
  try {
    return await file.read(0, await file.size());
  } finally {
    await file.close();
  }
}

function tornBytesOf({ bytes, scan }: ScannedLog["last"]): number {
  return Math.max(0, endWithoutZeros(bytes) - scan.end);
}

function named<T>(path: string, offset: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isHoldfastError(error, "corrupt", "truncated", "too_large")) throw error;
    const sentence = `${path}, at ${offset}: ${error.message}: ${replaceAdvice}`;
    throw new HoldfastError("corrupt", sentence, { cause: error });
  }
}
