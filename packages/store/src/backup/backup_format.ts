// The bytes of a backup: the file's head, and blocks that carry their own checksums.
//
//   "HFB" u8 version (0), then blocks:
//     u8   kind: 1 head, 2 rows, 3 commit, 4 end
//     u32  length of the payload
//     u32  CRC-32C of kind, length and payload
//     payload
//
//   head    uint contents (0 rows, 1 commits), 16 bytes name, uint version, uint since,
//           32 bytes hash of the backup that it builds upon (zeros where none),
//           uint wall clock in ms, blob mark of the history
//   rows    uint count, count x (blob key, blob value), keys ascending
//   commit  as in the store's log (commit_record.ts)
//   end     u32 u32 count of rows or commits, u32 u32 bytes of keys and values, or of
//           the payloads of commits, 32 bytes SHA-256 of the file up to this block
//
// One head comes first, one end last, nothing after it; what lies between is of the
// sort that the head says. docs/formats/backup.md is the whole of it.

import { concatBytes, crc32c, encodeUtf8, HoldfastError, Reader, Writer } from "@holdfast/std";
import { sha256 } from "@noble/hashes/sha2.js";
import { type CommitRecord, decodeCommit, encodeCommit } from "../commit_record.ts";
import type { EngineRow } from "../engine.ts";
import { firstText, keyText, toKeyBytes } from "../key.ts";
import { type CommitVersion, keySizeBytesMax, valueSizeBytesMax } from "../store.ts";

/** The format that this release writes and reads. */
const formatVersion = 0;
/** What a file begins with. */
export const fileHead: Uint8Array = concatBytes([encodeUtf8("HFB"), Uint8Array.of(formatVersion)]);
/** Bytes before each payload. */
export const blockHeadSizeBytes = 9;
/** Largest payload. */
export const blockSizeBytesMax = 16_777_216;
/** Bytes of {@link BackupHead.name}. */
export const nameSizeBytes = 16;
/** Bytes of a SHA-256. */
export const hashSizeBytes = 32;
/** Largest {@link BackupHead.mark}. */
const markSizeBytesMax = 64;
const endPayloadSizeBytes = 16 + hashSizeBytes;
/** Bytes of the end block, with its head. */
export const endBlockSizeBytes = blockHeadSizeBytes + endPayloadSizeBytes;

const kinds = { head: 1, rows: 2, commit: 3, end: 4 } as const;

/** What a backup says of itself at its beginning. */
export interface BackupHead {
  /** `rows`: all of a store. `commits`: what changed since the backup that it builds upon. */
  readonly contents: "rows" | "commits";
  /** 16 random bytes. */
  readonly name: Uint8Array;
  /** The version that it shows, or leads to. */
  readonly version: CommitVersion;
  /** The version of the backup that it builds upon; 0 for rows. */
  readonly since: CommitVersion;
  /** The hash of that one; zeros for rows. */
  readonly previous: Uint8Array;
  /** Wall clock of whoever made it, for people. */
  readonly madeAtMs: number;
  /** What the store's history says of its state at `version`, at most 64 bytes; empty where it keeps none. */
  readonly mark: Uint8Array;
}

/** What a backup says of itself at its end. */
export interface BackupEnd {
  /** Rows, or commits. */
  readonly count: number;
  /** Bytes of the keys and values in it; of commits, of their payloads. */
  readonly contentBytes: number;
  /** SHA-256 of all of the file before the end block. */
  readonly hash: Uint8Array;
}

/** One block, read. */
export type BackupBlock =
  | { readonly type: "head"; readonly head: BackupHead }
  | { readonly type: "rows"; readonly rows: readonly EngineRow[] }
  | { readonly type: "commit"; readonly commit: CommitRecord }
  | { readonly type: "end"; readonly end: BackupEnd };

/** A running SHA-256. */
export type Hash = ReturnType<typeof sha256.create>;

/** A new one. */
export function newHash(): Hash {
  return sha256.create();
}

/** The bytes of a block with its head. O(size). */
export function encodeBlock(block: BackupBlock): Uint8Array {
  switch (block.type) {
    case "head":
      return framed(kinds.head, encodeHead(block.head));
    case "rows":
      return framed(kinds.rows, encodeRows(block.rows));
    case "commit":
      return framed(kinds.commit, encodeCommit(block.commit));
    case "end":
      return framed(kinds.end, encodeEnd(block.end));
  }
}

/** Length of the payload behind a block's head. @throws {HoldfastError} `too_large`. */
export function payloadSizeBytes(blockHead: Uint8Array): number {
  const reader = new Reader(blockHead);
  reader.u8("kind of a block");
  const sizeBytes = reader.u32("size of a block");
  if (sizeBytes > blockSizeBytesMax) {
    const sentence = `a block has ${sizeBytes} bytes, at most ${blockSizeBytesMax}`;
    throw new HoldfastError("too_large", sentence);
  }
  return sizeBytes;
}

/** @param bytes - One block with its head, no more. @throws {HoldfastError} `corrupt`, `truncated`, `too_large`. */
export function decodeBlock(bytes: Uint8Array): BackupBlock {
  const reader = new Reader(bytes);
  const kind = reader.u8("kind of a block");
  reader.u32("size of a block");
  const checksum = reader.u32("checksum of a block");
  const payload = bytes.subarray(blockHeadSizeBytes);
  if (crc32c(payload, crc32c(bytes.subarray(0, 5))) !== checksum) {
    throw new HoldfastError("corrupt", "a block fails its checksum");
  }
  switch (kind) {
    case kinds.head:
      return { type: "head", head: decodeHead(payload) };
    case kinds.rows:
      return { type: "rows", rows: decodeRows(payload) };
    case kinds.commit:
      return { type: "commit", commit: decodeCommit(payload) };
    case kinds.end:
      return { type: "end", end: decodeEnd(payload) };
    default:
      throw new HoldfastError("corrupt", `a block is of an unknown kind, ${kind}`);
  }
}

function framed(kind: number, payload: Uint8Array): Uint8Array {
  const head = new Writer(5).u8(kind).u32(payload.length).finish();
  const checksum = crc32c(payload, crc32c(head));
  return new Writer(payload.length + blockHeadSizeBytes)
    .raw(head)
    .u32(checksum)
    .raw(payload)
    .finish();
}

function encodeHead(head: BackupHead): Uint8Array {
  return new Writer(128)
    .uint(head.contents === "rows" ? 0 : 1)
    .raw(head.name)
    .uint(head.version)
    .uint(head.since)
    .raw(head.previous)
    .uint(head.madeAtMs)
    .blob(head.mark)
    .finish();
}

function decodeHead(payload: Uint8Array): BackupHead {
  const reader = new Reader(payload);
  const contents = reader.uint("contents", 1) === 0 ? "rows" : "commits";
  const name = reader.raw(nameSizeBytes, "name").slice();
  const version = reader.uint("version") as CommitVersion;
  const since = reader.uint("version that it builds upon") as CommitVersion;
  const previous = reader.raw(hashSizeBytes, "hash that it builds upon").slice();
  const madeAtMs = reader.uint("time");
  const mark = reader.blob("mark of the history", markSizeBytesMax).slice();
  reader.end("the head of a backup");
  const isFirst = since === 0 && previous.every((byte) => byte === 0);
  if (contents === "rows" ? !isFirst : since > version) {
    throw new HoldfastError("corrupt", `a backup of ${contents} builds upon version ${since}`);
  }
  return { contents, name, version, since, previous, madeAtMs, mark };
}

function encodeRows(rows: readonly EngineRow[]): Uint8Array {
  const writer = new Writer(1024).uint(rows.length);
  for (const { key, value } of rows) writer.blob(toKeyBytes(key)).blob(value);
  return writer.finish();
}

function decodeRows(payload: Uint8Array): EngineRow[] {
  const reader = new Reader(payload);
  const rows: EngineRow[] = [];
  let last = firstText;
  for (let left = reader.count("rows", payload.length, 2); left > 0; left -= 1) {
    const bytes = reader.blob("key", keySizeBytesMax);
    if (bytes.length === 0 || bytes[0] === 0xff) {
      throw new HoldfastError("corrupt", "a row's key is none that a caller can write");
    }
    const key = keyText(bytes);
    if (key <= last) throw new HoldfastError("corrupt", "the keys of a backup are out of order");
    last = key;
    rows.push({ key, value: reader.blob("value", valueSizeBytesMax).slice() });
  }
  reader.end("a block of rows");
  return rows;
}

function encodeEnd({ count, contentBytes, hash }: BackupEnd): Uint8Array {
  const writer = new Writer(endPayloadSizeBytes);
  for (const value of [count, contentBytes]) {
    writer.u32(Math.floor(value / 2 ** 32)).u32(value % 2 ** 32);
  }
  return writer.raw(hash).finish();
}

function decodeEnd(payload: Uint8Array): BackupEnd {
  const reader = new Reader(payload);
  const number = (field: string) => {
    const value = reader.u32(field) * 2 ** 32 + reader.u32(field);
    if (Number.isSafeInteger(value)) return value;
    throw new HoldfastError("corrupt", `${field} is over 2^53 - 1`);
  };
  const count = number("count");
  const contentBytes = number("bytes");
  const hash = reader.raw(hashSizeBytes, "hash").slice();
  reader.end("the end of a backup");
  return { count, contentBytes, hash };
}
