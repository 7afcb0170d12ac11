// How a key of the plain interface and its value lie in the store.
//
// Rows stand in a subspace of their own, so that they never meet documents. The version
// at which a value was written is put into it by the commit itself, as a stamp: so a
// write that asks for nothing need not read.
//
//   key    ("kv", key as bytes)
//   value  u8 0, 8 bytes version (big-endian), u8 length, content type in ASCII, value
//
// Invariants
//   KV1  A key's version is the commit version of the transaction that last wrote it; so
//        it grows with each write of the key, also over a removal in between.
//   KV2  No row of the plain interface lies outside of its subspace.
//
// The bytes are described in docs/formats/key-values.md.

import { compareBytes, HoldfastError } from "@holdfast/std";
import {
  type CommitVersion,
  type KeyRange,
  keyAfter,
  prefixRange,
  type Row,
  subspace,
  type VersionStamped,
  valueSizeBytesMax,
  versionStampSizeBytes,
} from "@holdfast/store";

/** Largest key, in bytes: whichever bytes these are, the row's key fits into every driver. */
export const kvKeySizeBytesMax = 900;
/** Longest content type, in characters. */
export const contentTypeLengthMax = 127;
/** Largest value, in bytes: what the store takes, less what stands beside the value in its row. */
export const kvValueSizeBytesMax = valueSizeBytesMax - 200;

/** What a key holds, and since when. */
export interface Held {
  readonly version: CommitVersion;
  /** In ASCII; empty where none was given. */
  readonly contentType: string;
  readonly value: Uint8Array;
}

/** A key with what it holds. */
export interface Entry extends Held {
  readonly key: Uint8Array;
}

/** What to write. */
export type Content = Omit<Held, "version">;

/** Which keys: those that begin with `prefix`, from `start` up to, not including, `end`. */
export interface Span {
  readonly prefix?: Uint8Array;
  readonly start?: Uint8Array;
  readonly end?: Uint8Array;
}

/** One key, or a range of them. */
export type Keys = Uint8Array | Span;

const rowVersion = 0;
const typeAt = 1 + versionStampSizeBytes;
const beforeStamp = Uint8Array.of(rowVersion);

const rows = subspace<[key: Uint8Array], Uint8Array>(["kv"], {
  encode: (bytes) => bytes,
  decode: (bytes) => bytes,
});

/** The row's key. @throws {HoldfastError} `invalid_argument` where `key` is empty; `too_large`. */
export function rowKey(key: Uint8Array): Uint8Array {
  if (key.length === 0) throw new HoldfastError("invalid_argument", "the key is empty");
  return packed(key, "the key");
}

/** The rows of `keys`. @throws {HoldfastError} As {@link rowKey}. */
export function rowRange(keys: Keys): KeyRange {
  if (keys instanceof Uint8Array) {
    const row = rowKey(keys);
    return { start: row, end: keyAfter(row) };
  }
  const { prefix, start, end } = keys;
  const all = rows.within([]);
  const within = prefix === undefined || prefix.length === 0 ? all : prefixRows(prefix);
  const from = start === undefined ? all.start : packed(start, "the start");
  const to = end === undefined ? all.end : packed(end, "the end");
  const first = compareBytes(from, within.start) > 0 ? from : within.start;
  const last = compareBytes(to, within.end) < 0 ? to : within.end;
  return { start: first, end: compareBytes(first, last) > 0 ? first : last };
}

/** The rows of `range` that come after `key`, or before it in reverse. `key` lies in the range. */
export function rowsBeyond(range: KeyRange, key: Uint8Array, reverse: boolean): KeyRange {
  const row = rowKey(key);
  return cut(
    range,
    reverse ? { start: range.start, end: row } : { ...range, start: keyAfter(row) },
  );
}

/** The row's value, with a place for the version. @throws {HoldfastError} `too_large`, `invalid_argument`. */
export function rowValue({ contentType, value }: Content): VersionStamped {
  if (value.length > kvValueSizeBytesMax) {
    const sizes = `${value.length} bytes, at most ${kvValueSizeBytesMax}`;
    throw new HoldfastError("too_large", `the value has ${sizes}`);
  }
  if (contentType.length > contentTypeLengthMax || !/^[\x20-\x7e]*$/.test(contentType)) {
    const limit = `at most ${contentTypeLengthMax} characters of ASCII`;
    throw new HoldfastError("invalid_argument", `a content type has ${limit}`);
  }
  const after = new Uint8Array(1 + contentType.length + value.length);
  after[0] = contentType.length;
  for (let index = 0; index < contentType.length; index += 1) {
    after[1 + index] = contentType.charCodeAt(index);
  }
  after.set(value, 1 + contentType.length);
  return { before: beforeStamp, after };
}

/** @throws {HoldfastError} `corrupt`, `truncated`, `unsupported_version`. */
export function heldOf(row: Uint8Array): Held {
  if (row.length <= typeAt) throw new HoldfastError("truncated", "the row of a key");
  if (row[0] !== rowVersion) {
    const sentence = `a row has version ${row[0]}, this reads ${rowVersion}`;
    throw new HoldfastError("unsupported_version", sentence);
  }
  const view = new DataView(row.buffer, row.byteOffset, row.length);
  const version = view.getUint32(1) * 2 ** 32 + view.getUint32(5);
  if (version > Number.MAX_SAFE_INTEGER) throw new HoldfastError("corrupt", "a row's version");
  const valueAt = typeAt + 1 + row[typeAt]!;
  if (valueAt > row.length) throw new HoldfastError("truncated", "the content type of a row");
  const contentType = String.fromCharCode(...row.subarray(typeAt + 1, valueAt));
  return { version: version as CommitVersion, contentType, value: row.subarray(valueAt) };
}

/** @throws {HoldfastError} As {@link heldOf}. */
export function entryOf({ key, value }: Row): Entry {
  const [part] = rows.unpack(key);
  if (!(part instanceof Uint8Array)) throw new HoldfastError("corrupt", "a row's key");
  return { key: part, ...heldOf(value) };
}

/** Everything that begins so: the packed prefix without its end mark. */
function prefixRows(prefix: Uint8Array): KeyRange {
  return prefixRange(packed(prefix, "the prefix").slice(0, -1));
}

function cut(range: KeyRange, { start, end }: KeyRange): KeyRange {
  const outside = compareBytes(start, range.start) < 0 || compareBytes(end, range.end) > 0;
  if (outside || compareBytes(start, end) > 0) {
    throw new HoldfastError("invalid_argument", "the cursor lies outside of the range");
  }
  return { start, end };
}

function packed(key: Uint8Array, what: string): Uint8Array {
  if (key.length <= kvKeySizeBytesMax) return rows.pack([key]);
  const sizes = `${key.length} bytes, at most ${kvKeySizeBytesMax}`;
  throw new HoldfastError("too_large", `${what} has ${sizes}`);
}
