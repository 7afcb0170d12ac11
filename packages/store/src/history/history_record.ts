// How history lies in a store's own keys: one record for each group of commits, in
// pieces, and one row that says how far all of it reaches.
//
//   0xff 'h' version u64, piece u16      a piece of a record; the version is the group's
//   0xff 's'                             the state
//
//   record  uint wall clock in ms, u32 chain, uint count, count x blob commit (commit_record.ts),
//           uint 0, or uint 1 and what stood before: uint count, count x (blob key, then
//           uint 0 where it was missing, else uint (1 + size) and the value), keys ascending
//   state   u8 format (0), 16 bytes identity, uint last, uint since, u32 chain at `since`,
//           uint asOfSince, uint bytes
//
// `chain` is the CRC-32C of all that the record holds behind it, continued from the
// record before. So two histories that were one and then parted differ in it.

import { concatBytes, crc32c, HoldfastError, Reader, Writer } from "@holdfast/std";
import { type CommitRecord, decodeCommit } from "../commit_record.ts";
import type { EngineRow } from "../engine.ts";
import { firstText, type KeyText, type Span, toKeyText } from "../key.ts";
import { OrderedMap } from "../ordered_map.ts";
import { type CommitVersion, keySizeBytesMax, valueSizeBytesMax } from "../store.ts";

const formatVersion = 0;
/** Bytes of {@link HistoryState.identity}. */
export const historyIdentitySizeBytes = 16;
/** Most bytes of a record; of a group that would need more, no history is kept. */
export const historyRecordSizeBytesMax = 5_000_000;
const pieceSizeBytes = 90_000;
const chainSizeBytes = 4;
/** Of a record, before its commits; and of a length: for room to be made at once. */
const [headSizeBytesMax, lengthSizeBytesMax] = [32, 4];

/** Where the state lies. */
export const stateKey = "\xffs" as KeyText;
/** Where all records lie. */
export const recordsSpan: Span = { start: "\xffh" as KeyText, end: "\xffi" as KeyText };

/** How far the history reaches. */
export interface HistoryState {
  /** Random, made when the history began. */
  readonly identity: Uint8Array;
  /** The version of the newest record. Where that is not the store's, the store was written without history. */
  readonly last: CommitVersion;
  /** All commits above this are here. */
  readonly since: CommitVersion;
  /** The chain at `since`. */
  readonly sinceChain: number;
  /** What stood before is here for all commits above this; not below `since`. */
  readonly asOfSince: CommitVersion;
  /** Bytes of keys and values of all pieces. */
  readonly sizeBytes: number;
}

/** What stood before a group, of each key that it touched: null where there was nothing. */
export type BeforeImages = OrderedMap<Uint8Array | null>;

/** One group of commits. */
export interface HistoryRecord {
  readonly wallMs: number;
  /** The version of the last commit in it. */
  readonly version: CommitVersion;
  readonly chain: number;
  readonly commits: readonly CommitRecord[];
  /** Null where it was too much. */
  readonly before: BeforeImages | null;
}

/** What a record is made of; the commits as `encodeCommit` has them. */
export interface RecordParts extends Pick<HistoryRecord, "wallMs" | "before"> {
  readonly commits: readonly Uint8Array[];
}

/** The bytes of a record that follows one with `chain`, and its own chain. */
export function encodeRecord(
  record: RecordParts,
  chain: number,
): { readonly bytes: Uint8Array; readonly chain: number } {
  const { wallMs, commits, before } = record;
  let guess = headSizeBytesMax;
  for (const commit of commits) guess += commit.length + lengthSizeBytesMax;
  before?.visitAll((key, value) => {
    guess += key.length + (value?.length ?? 0) + 2 * lengthSizeBytesMax;
    return true;
  });
  const writer = new Writer(guess).uint(wallMs);
  const chainAt = writer.sizeBytes;
  writer.u32(0).uint(commits.length);
  for (const commit of commits) writer.blob(commit);
  writer.uint(before === null ? 0 : 1);
  if (before !== null) {
    writer.uint(before.size);
    before.visitAll((key, value) => {
      writer
        .uint(key.length)
        .units(key)
        .uint(value === null ? 0 : 1 + value.length);
      if (value !== null) writer.raw(value);
      return true;
    });
  }
  const bytes = writer.view();
  const own = crc32c(bytes.subarray(chainAt + chainSizeBytes), chain);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(chainAt, own);
  return { bytes, chain: own };
}

/** @throws {HoldfastError} `corrupt`, `truncated`, `too_large`. */
export function decodeRecord(version: CommitVersion, bytes: Uint8Array): HistoryRecord {
  const reader = new Reader(bytes);
  const { wallMs, chain } = readRecordHead(reader);
  const commits: CommitRecord[] = [];
  for (let left = reader.count("commits", bytes.length, 3); left > 0; left -= 1) {
    commits.push(decodeCommit(reader.blob("commit", bytes.length)));
  }
  const before = reader.uint("what was before", 1) === 0 ? null : readBefore(reader, bytes.length);
  reader.end("a record of the history");
  if (commits.at(-1)?.version !== version) {
    throw new HoldfastError("corrupt", `the history's record ${version} ends with another commit`);
  }
  return { wallMs, version, chain, commits, before };
}

/** The first two fields of a record, of which `piece` is the first piece. */
export function recordHead(piece: Uint8Array): Pick<HistoryRecord, "wallMs" | "chain"> {
  return readRecordHead(new Reader(piece));
}

function readRecordHead(reader: Reader): Pick<HistoryRecord, "wallMs" | "chain"> {
  return { wallMs: reader.uint("time of a record"), chain: reader.u32("chain of a record") };
}

function readBefore(reader: Reader, sizeBytes: number): BeforeImages {
  const before: BeforeImages = new OrderedMap();
  let last = firstText;
  for (let left = reader.count("keys before", sizeBytes, 2); left > 0; left -= 1) {
    const key = toKeyText(reader.blob("key before", keySizeBytesMax));
    if (key <= last) throw new HoldfastError("corrupt", "the keys before are out of order");
    last = key;
    const size = reader.uint("size of a value before", valueSizeBytesMax + 1);
    before.set(key, size === 0 ? null : reader.raw(size - 1, "value before").slice());
  }
  return before;
}

/** The rows that keep a record, whose values lie in it. */
export function piecesOf(version: CommitVersion, bytes: Uint8Array): EngineRow[] {
  const pieces: EngineRow[] = [];
  for (let at = 0; at < bytes.length; at += pieceSizeBytes) {
    const key = `${recordKey(version)}${u16(pieces.length)}` as KeyText;
    pieces.push({ key, value: bytes.subarray(at, at + pieceSizeBytes) });
  }
  return pieces;
}

/** Before all pieces of the record of `version`, and of those after it. */
export function recordKey(version: CommitVersion): KeyText {
  const [high, low] = [Math.floor(version / 2 ** 32), version % 2 ** 32];
  const words = [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff];
  return `${recordsSpan.start}${words.map(u16).join("")}` as KeyText;
}

/** The record that a piece belongs to. */
export function versionOfPiece(key: KeyText): CommitVersion {
  let version = 0;
  for (let at = 2; at < 10; at += 1) version = version * 256 + key.charCodeAt(at);
  return version as CommitVersion;
}

/** Joins pieces. */
export function joined(pieces: readonly EngineRow[]): Uint8Array {
  return concatBytes(pieces.map(({ value }) => value));
}

function u16(value: number): string {
  return String.fromCharCode(value >>> 8, value & 0xff);
}

/** The row at {@link stateKey}. */
export function encodeState(state: HistoryState): Uint8Array {
  return new Writer(64)
    .u8(formatVersion)
    .raw(state.identity)
    .uint(state.last)
    .uint(state.since)
    .u32(state.sinceChain)
    .uint(state.asOfSince)
    .uint(state.sizeBytes)
    .finish();
}

/** @throws {HoldfastError} `unsupported_version`, `corrupt`, `truncated`. */
export function decodeState(bytes: Uint8Array): HistoryState {
  const reader = new Reader(bytes);
  const format = reader.u8("format of the history");
  if (format !== formatVersion) {
    const sentence = `the history has format ${format}, this release reads ${formatVersion}`;
    throw new HoldfastError("unsupported_version", sentence);
  }
  const identity = reader.raw(historyIdentitySizeBytes, "identity of the history").slice();
  const last = reader.uint("last version") as CommitVersion;
  const since = reader.uint("first version") as CommitVersion;
  const sinceChain = reader.u32("first chain");
  const asOfSince = reader.uint("first version to read") as CommitVersion;
  const sizeBytes = reader.uint("bytes of the history");
  reader.end("the state of the history");
  if (since > asOfSince || asOfSince > last) {
    throw new HoldfastError("corrupt", "the state of the history contradicts itself");
  }
  return { identity, last, since, sinceChain, asOfSince, sizeBytes };
}
