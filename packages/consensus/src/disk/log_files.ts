// Reading the segments of a log: at opening, and never after.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Disk } from "@holdfast/world";
import type { Index } from "../raft/types.ts";
import { LogHistory, type Recovered } from "./log_history.ts";
import { frameSizeBytes, readPayload } from "./log_record.ts";
import {
  endWithoutZeros,
  type Owner,
  readHead,
  replaceAdvice,
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
  const names = await disk.list(folder);
  const numbers = names.map(segmentNumber).filter((number) => number !== null);
  const segments: Segment[] = [];
  const damage: { file: string; offset: number }[] = [];
  let history: LogHistory | null = null;
  let [chain, tornBytes] = [0, 0];
  for (const number of numbers) {
    const path = `${folder}/${segmentName(number)}`;
    const isLast = number === numbers.at(-1);
    const file = await disk.open(path, { create: false });
    try {
      const bytes = await file.read(0, await file.size());
      const head = named(path, 0, () => readHead(bytes, owner, number));
      segments.push({ number, through: 0 as Index, sizeBytes: bytes.length });
      if (head === null) {
        damage.push({ file: path, offset: 0 });
        if (history === null) {
          throw new HoldfastError(
            "corrupt",
            `${path}: its head, at 0, is damaged: ${replaceAdvice}`,
          );
        }
      } else if (history === null) history = new LogHistory(head.standing);
      else history.head(head.standing);
      const start = head?.end ?? 0;
      const seed = seedOf(owner, number);
      const scan = scanSegment(bytes, { start, before: head?.checksum ?? null, seed, isLast });
      for (const offset of scan.damage) damage.push({ file: path, offset });
      for (const { start: at, end } of scan.records) {
        const record = named(path, at, () => readPayload(bytes.subarray(at + frameSizeBytes, end)));
        history.record(record);
        const { previous, entries } = record;
        noteEntries(segments, previous.index, (previous.index + entries.length) as Index);
      }
      if (!isLast) continue;
      chain = scan.records.at(-1)?.checksum ?? head?.checksum ?? 0;
      const surely = scan.records.at(-1)?.synced ?? start;
      if (scan.end < bytes.length) await file.truncate(scan.end);
      await file.write(surely, bytes.subarray(surely, scan.end));
      await file.sync();
      tornBytes = Math.max(0, endWithoutZeros(bytes) - scan.end);
      segments.at(-1)!.sizeBytes = scan.end;
    } finally {
      await file.close();
    }
  }
  if (history === null) return null;
  await disk.syncFolder(folder);
  const recovered = named(folder, 0, () => history.recovered(applied));
  return { recovered, segments, chain, tornBytes, damage };
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
