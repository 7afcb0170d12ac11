// How a row lies in LMDB: under its key, the CRC-32C of key and value, then the
// value. LMDB has no checksums of its own; with these, what rots on the disk is
// reported and never given out.

import { crc32c, HoldfastError, Reader, toHex, Writer } from "@holdfast/std";
import type { CommitVersion } from "../../store.ts";

/** The format of rows alone. */
const plainFormat = 0;
/** The format of rows that may be behind a log of commits beside them. */
const loggedFormat = 1;
/** Where the store's own row lies: after all keys of callers. */
export const metaKey = Uint8Array.of(0xff, 0x6d);
/** Bytes of {@link Meta.identity}. */
export const identitySizeBytes = 16;

/** Bytes of a row before its value. */
export const checksumSizeBytes = 4;
const keyShownBytesMax = 40;

/** What the store knows of itself. */
export interface Meta {
  /** 16 random bytes, made with the store. */
  readonly identity: Uint8Array;
  /** The version of the last commit. */
  readonly version: CommitVersion;
  /** Whether newer commits may be in a log beside it. */
  readonly isLogged: boolean;
}

/** The bytes that LMDB keeps for a row. */
export function encodeRow(key: Uint8Array, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(checksumSizeBytes + value.length);
  const checksum = crc32c(value, crc32c(key));
  new DataView(bytes.buffer).setUint32(0, checksum);
  bytes.set(value, checksumSizeBytes);
  return bytes;
}

/**
 * The value of a row, not copied.
 *
 * @throws {HoldfastError} `corrupt`, with the key.
 */
export function rowValue(key: Uint8Array, row: Uint8Array): Uint8Array {
  if (row.length < checksumSizeBytes) {
    throw new HoldfastError("corrupt", `the row of key ${showKey(key)} is too short`);
  }
  const sizeBytes = row.length - checksumSizeBytes;
  // Not `subarray`: of a Buffer, which LMDB gives, that makes another, which shows in profiles.
  const value = new Uint8Array(row.buffer, row.byteOffset + checksumSizeBytes, sizeBytes);
  const checksum = ((row[0]! << 24) | (row[1]! << 16) | (row[2]! << 8) | row[3]!) >>> 0;
  if (checksum !== crc32c(value, crc32c(key))) {
    throw new HoldfastError("corrupt", `the row of key ${showKey(key)} fails its checksum`);
  }
  return value;
}

/** The same, copied. */
export function decodeRow(key: Uint8Array, row: Uint8Array): Uint8Array {
  return new Uint8Array(rowValue(key, row));
}

/** The row at {@link metaKey}. */
export function encodeMeta(meta: Meta): Uint8Array {
  const format = meta.isLogged ? loggedFormat : plainFormat;
  const writer = new Writer(32).u8(format).raw(meta.identity);
  return writer
    .u32(Math.floor(meta.version / 2 ** 32))
    .u32(meta.version % 2 ** 32)
    .finish();
}

/** @throws {HoldfastError} `unsupported_version`, `corrupt`, `truncated`. */
export function decodeMeta(bytes: Uint8Array): Meta {
  const reader = new Reader(bytes);
  const format = reader.u8("format version");
  if (format !== plainFormat && format !== loggedFormat) {
    const sentence = `the store has format ${format}, this release reads up to ${loggedFormat}`;
    throw new HoldfastError("unsupported_version", sentence);
  }
  const identity = reader.raw(identitySizeBytes, "identity").slice();
  const version = reader.u32("version") * 2 ** 32 + reader.u32("version");
  reader.end("the store's own row");
  if (!Number.isSafeInteger(version)) {
    throw new HoldfastError("corrupt", "the version is over 2^53 - 1");
  }
  return { identity, version: version as CommitVersion, isLogged: format === loggedFormat };
}

/** A key for people: hexadecimal, cut where it is long. */
export function showKey(key: Uint8Array): string {
  const shown = toHex(key.subarray(0, keyShownBytesMax));
  return key.length > keyShownBytesMax ? `${shown}... (${key.length} bytes)` : shown;
}
