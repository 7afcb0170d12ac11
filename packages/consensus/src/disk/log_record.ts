// A record of a replica's log on disk: what one request to persist came to, and a frame.
//
//   frame:  u8 0x52, u32 checksum, u32 length of the payload, u32 before, u32 offset,
//           u32 synced, payload
//
// `checksum` is the CRC-32C of all that follows it, begun from the segment's seed (see
// segment.ts), so that a record of another segment, node or cluster is none here. `before`
// is the checksum of what stands before it: the chain. `offset` is where it stands in the
// file. `synced` is how much of the file was surely durable when it was written.
//
//   payload: term and vote; previous: the position after which its entries stand; u8 flags:
//            1 piece, 2 install, 4 compact, 8 healed; what the flags say: snapshot and uint
//            offset after the piece, snapshot, snapshot and base; uint count, entries
//
// Invariants:
//   DK4  Each record says the term, the vote and the end of the log as they were: so what a
//        damaged record said of them is known from any later one.

import { crc32c, HoldfastError, Reader, type Writer } from "@holdfast/std";
import {
  readBase,
  readEntry,
  readHardState,
  readPosition,
  readSnapshot,
  writeBase,
  writeEntry,
  writeHardState,
  writePosition,
  writeSnapshot,
} from "../codec/log_codec.ts";
import type { Entry, PartialSnapshot, Snapshot } from "../raft/entry.ts";
import type { PersistRequest } from "../raft/output.ts";
import type { HardState, Position } from "../raft/types.ts";

/** Bytes before a payload. */
export const frameSizeBytes = 21;
const mark = 0x52;
const flagsMax = 15;

/** What a record says. */
export interface LogRecord {
  readonly hard: HardState;
  /** The end of the log before its entries, and after all else that it says. */
  readonly previous: Position;
  readonly partial: PartialSnapshot | null;
  readonly install: Snapshot | null;
  readonly compact: PersistRequest["compact"];
  readonly isHealed: boolean;
  readonly entries: readonly Entry[];
}

/** Where a record stands, and what its frame says. */
export interface Frame {
  readonly checksum: number;
  readonly before: number;
  readonly synced: number;
  /** Where it ends. */
  readonly end: number;
}

/** Where a record is to stand. */
export interface Place {
  readonly seed: number;
  readonly before: number;
  readonly offset: number;
  readonly synced: number;
}

/** Writes a record with its frame; returns its checksum. O(size), one copy. */
export function writeRecord(writer: Writer, record: LogRecord, place: Place): number {
  const start = writer.sizeBytes;
  writer.u8(mark).u32(0).u32(0).u32(place.before).u32(place.offset).u32(place.synced);
  writePayload(writer, record);
  const bytes = writer.view().subarray(start);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint32(5, bytes.length - frameSizeBytes);
  const checksum = crc32c(bytes.subarray(5), place.seed);
  view.setUint32(1, checksum);
  return checksum;
}

/** The record that stands at `at`; null where there is none, or a damaged one. O(size). */
export function frameAt(bytes: Uint8Array, at: number, seed: number): Frame | null {
  if (bytes[at] !== mark || bytes.length - at < frameSizeBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, frameSizeBytes);
  const end = at + frameSizeBytes + view.getUint32(5);
  const synced = view.getUint32(17);
  if (view.getUint32(13) !== at || end > bytes.length || synced > at) return null;
  const checksum = view.getUint32(1);
  if (crc32c(bytes.subarray(at + 5, end), seed) !== checksum) return null;
  return { checksum, before: view.getUint32(9), synced, end };
}

function writePayload(writer: Writer, record: LogRecord): void {
  const { hard, previous, partial, install, compact, isHealed, entries } = record;
  writeHardState(writer, hard);
  writePosition(writer, previous);
  writer.u8(
    (partial === null ? 0 : 1) |
      (install === null ? 0 : 2) |
      (compact === null ? 0 : 4) |
      (isHealed ? 8 : 0),
  );
  if (partial !== null) {
    writeSnapshot(writer, partial.snapshot);
    writer.uint(partial.offset);
  }
  if (install !== null) writeSnapshot(writer, install);
  if (compact !== null) {
    writeSnapshot(writer, compact.snapshot);
    writeBase(writer, compact.base);
  }
  writer.uint(entries.length);
  for (const entry of entries) writeEntry(writer, entry);
}

/**
 * Reads a payload. Commands are views of `bytes`.
 *
 * @throws {HoldfastError} `corrupt`, `truncated`, `too_large`.
 */
export function readPayload(bytes: Uint8Array): LogRecord {
  const reader = new Reader(bytes);
  const hard = readHardState(reader);
  const previous = readPosition(reader);
  const flags = reader.u8("flags of a record");
  if (flags > flagsMax) throw new HoldfastError("corrupt", `flags ${flags} of a record`);
  const partial =
    flags & 1 ? { snapshot: readSnapshot(reader), offset: reader.uint("offset") } : null;
  const install = flags & 2 ? readSnapshot(reader) : null;
  const compact = flags & 4 ? { snapshot: readSnapshot(reader), base: readBase(reader) } : null;
  const entries: Entry[] = [];
  let last = previous;
  for (let left = reader.count("entries", reader.remaining, 3); left > 0; left -= 1) {
    const entry = readEntry(reader);
    if (entry.index !== last.index + 1 || entry.term < last.term) {
      throw new HoldfastError("corrupt", `entry ${entry.index} after ${last.index}`);
    }
    entries.push(entry);
    last = entry;
  }
  reader.end("a record");
  return { hard, previous, partial, install, compact, isHealed: (flags & 8) !== 0, entries };
}
