// A segment: one file of the log. It gets its name, `log-` and ten digits, only once its
// head is durable; so a named file whose head is damaged was damaged later.
//
//   segment: "HFR", u8 version (1), u32 length of the head, u32 CRC-32C of the head, head, records
//   head:    texts cluster and node, uint number; base; u8 1 and a snapshot, or 0; u8 1, a
//            snapshot and uint offset of the pieces that are there, or 0; uint unsure (0 for
//            none); then as in a record: term and vote, position of the end of the log
//
// The seed of a segment's checksums is the CRC-32C of cluster, node and number, written as
// in the head. Each segment but the last was durable to its end before the next one began.

import { crc32c, HoldfastError, Reader, Writer } from "@holdfast/std";
import {
  nodeIdSizeBytesMax,
  readBase,
  readHardState,
  readNodeId,
  readPosition,
  readSnapshot,
  writeBase,
  writeHardState,
  writePosition,
  writeSnapshot,
} from "../codec/log_codec.ts";
import type { Base, PartialSnapshot, Snapshot } from "../raft/entry.ts";
import type { HardState, Index, NodeId, Position } from "../raft/types.ts";
import { type Frame, frameAt } from "./log_record.ts";

/** What is to be done about a log that can't be told. */
export const replaceAdvice = "replace this replica by one of a new id, with an empty folder";
/** Most bytes of a cluster's name. */
export const clusterSizeBytesMax = 64;
const version = 1;
const prefixSizeBytes = 12;
const magic = [0x48, 0x46, 0x52];

/** Whose log it is. */
export interface Owner {
  readonly cluster: string;
  readonly id: NodeId;
}

/** What a head says: all but the entries. */
export interface Standing {
  readonly hard: HardState;
  readonly base: Base;
  readonly snapshot: Snapshot | null;
  readonly partial: PartialSnapshot | null;
  /** The last entry that may have been promised and lost; null where nothing was. */
  readonly unsure: Index | null;
  /** The end of the log. */
  readonly last: Position;
}

/** `log-0000000001`. */
export function segmentName(number: number): string {
  return `log-${String(number).padStart(10, "0")}`;
}

/** The number in a segment's name; null where it is the name of something else. */
export function segmentNumber(name: string): number | null {
  return /^log-\d{10}$/.test(name) ? Number(name.slice(4)) : null;
}

/** What the checksums of a segment's records begin from. */
export function seedOf({ cluster, id }: Owner, number: number): number {
  return crc32c(new Writer().text(cluster).text(id).uint(number).view());
}

/** The bytes with which a segment begins. */
export function encodeHead(owner: Owner, number: number, standing: Standing): Uint8Array {
  const { hard, base, snapshot, partial, unsure, last } = standing;
  const head = new Writer(512).text(owner.cluster).text(owner.id).uint(number);
  writeBase(head, base);
  head.u8(snapshot === null ? 0 : 1);
  if (snapshot !== null) writeSnapshot(head, snapshot);
  head.u8(partial === null ? 0 : 1);
  if (partial !== null) {
    writeSnapshot(head, partial.snapshot);
    head.uint(partial.offset);
  }
  head.uint(unsure ?? 0);
  writeHardState(head, hard);
  writePosition(head, last);
  const bytes = head.view();
  const whole = new Writer(bytes.length + prefixSizeBytes).raw(Uint8Array.from(magic)).u8(version);
  return whole.u32(bytes.length).u32(crc32c(bytes)).raw(bytes).finish();
}

/** Most bytes of a head: four lists of members, thrice, and their seats. */
export const headSizeBytesMax = 262_144;

/** Whose log it is that begins with `bytes`, a head or more; null where that is damaged. */
export function ownerOf(bytes: Uint8Array): Owner | null {
  if (bytes.length < prefixSizeBytes || magic.some((byte, at) => bytes[at] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, prefixSizeBytes);
  const end = prefixSizeBytes + view.getUint32(4);
  const head = bytes.subarray(prefixSizeBytes, end);
  if (end > bytes.length || crc32c(head) !== view.getUint32(8)) return null;
  const reader = new Reader(head);
  const cluster = reader.text("cluster", clusterSizeBytesMax);
  return { cluster, id: readNodeId(reader) };
}

/** A head that was read, and where the records begin. */
export interface Head {
  readonly standing: Standing;
  readonly checksum: number;
  readonly end: number;
}

/**
 * Reads a head; null where it is damaged.
 *
 * @throws {HoldfastError} `unsupported_version`; `corrupt` where it is whole, and the log of
 *   somebody else.
 */
export function readHead(bytes: Uint8Array, owner: Owner, number: number): Head | null {
  if (bytes.length < prefixSizeBytes || magic.some((byte, at) => bytes[at] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, prefixSizeBytes);
  const end = prefixSizeBytes + view.getUint32(4);
  const checksum = view.getUint32(8);
  if (end > bytes.length || crc32c(bytes.subarray(prefixSizeBytes, end)) !== checksum) return null;
  if (bytes[3] !== version) {
    throw new HoldfastError("unsupported_version", `version ${bytes[3]} of the log`);
  }
  const reader = new Reader(bytes.subarray(prefixSizeBytes, end));
  const cluster = reader.text("cluster", clusterSizeBytesMax);
  const node = reader.text("node", nodeIdSizeBytesMax);
  const found = reader.uint("number of the segment");
  if (cluster !== owner.cluster || node !== owner.id || found !== number) {
    const sentence = `segment ${found} of node ${node} of cluster ${cluster}, not ${number} of ${owner.id} of ${owner.cluster}`;
    throw new HoldfastError("corrupt", sentence);
  }
  const base = readBase(reader);
  const snapshot = reader.u8("snapshot") === 0 ? null : readSnapshot(reader);
  const partial =
    reader.u8("pieces") === 0
      ? null
      : { snapshot: readSnapshot(reader), offset: reader.uint("offset") };
  const unsure = reader.uint("unsure") as Index;
  const hard = readHardState(reader);
  const last = readPosition(reader);
  reader.end("a head");
  const standing = { hard, base, snapshot, partial, unsure: unsure === 0 ? null : unsure, last };
  return { standing, checksum, end };
}

/** A good record in a segment. */
export interface Found extends Frame {
  readonly start: number;
}

/** What stands in a segment after its head. */
export interface Scan {
  readonly records: readonly Found[];
  /** Where what is good ends; what follows are zeros, or was never acknowledged. */
  readonly end: number;
  /** Where damage begins, of bytes that had been durable. */
  readonly damage: readonly number[];
}

/** Where all that follows are zeros: those that were written ahead, and what a record ends with. O(zeros). */
export function endWithoutZeros(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

/** Reads a segment's frames. `isLast`: only its end may be torn. O(bytes); more only where it is damaged. */
export function scanSegment(
  bytes: Uint8Array,
  {
    start,
    before,
    seed,
    isLast,
  }: {
    readonly start: number;
    readonly before: number | null;
    readonly seed: number;
    readonly isLast: boolean;
  },
): Scan {
  const records: Found[] = [];
  const damage: number[] = [];
  let [at, chain] = [start, before];
  // A record may end with zeros, but none begins with one.
  const contentEnd = endWithoutZeros(bytes);
  while (at < contentEnd) {
    const frame = frameAt(bytes, at, seed);
    if (frame !== null && (chain === null || frame.before === chain)) {
      records.push({ ...frame, start: at });
      [at, chain] = [frame.end, frame.checksum];
      continue;
    }
    const rest = goodAfter(bytes, { bad: at, end: contentEnd, seed });
    const isProven = !isLast || rest.some(({ synced }) => synced > at);
    if (!isProven) return { records, end: at, damage };
    damage.push(at);
    if (rest.length === 0) return { records, end: contentEnd, damage };
    [at, chain] = [rest[0]!.start, null];
  }
  return { records, end: at, damage };
}

// Good records beyond `bad`, in order. Heads that lie may have the same bytes checked again
// and again, but each of them says its own offset: data seldom does.
function goodAfter(
  bytes: Uint8Array,
  { bad, end, seed }: { readonly bad: number; readonly end: number; readonly seed: number },
): readonly Found[] {
  const found: Found[] = [];
  for (let at = bad + 1; at < end; ) {
    const frame = frameAt(bytes, at, seed);
    if (frame === null) at += 1;
    else {
      found.push({ ...frame, start: at });
      at = frame.end;
    }
  }
  return found;
}
