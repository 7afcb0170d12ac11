// Keys that are tuples: bytes which sort as the tuples do.
//
// An ordered store compares keys as bytes. Packed this way, `("doc", id, "log", 7)`
// sorts before `("doc", id, "log", 10)`, and all keys that begin with
// `("doc", id)` lie together, apart from those of every other id.
//
// Layout: the parts one after the other, each a type byte and its content.
//
//   null      0x01
//   bytes     0x02, the bytes with each 0x00 written as 0x00 0xFF, then 0x00
//   text      0x03, its UTF-8, escaped and ended in the same way
//   integer   0x18 is zero; a positive one is 0x18 + n and its n bytes, big-endian;
//             a negative one is 0x18 - n and the n bytes of its absolute value,
//             each inverted; n is 1 to 7 and the fewest that will do
//   false     0x20
//   true      0x21
//
// Invariants
//   T1  compareBytes(packKey(a), packKey(b)) orders as a and b do: part by part, a
//       prefix first; between types in the order of the table; text by code point.
//   T2  A tuple has one encoding, and unpackKey accepts no other.
//   T3  No type byte is 0x00 or 0xFF: an end mark sorts before what may follow it,
//       an escaped zero after it, and a range can be closed from outside.
//
// The method is that of FoundationDB's tuple layer; the codes are our own.

import { decodeUtf8, encodeUtf8, isWellFormed } from "./bytes.ts";
import { Reader, Writer } from "./codec.ts";
import { HoldfastError } from "./error.ts";

/** One part of a key. Numbers are safe integers; -0 becomes 0. Text holds no half of a surrogate pair. */
export type KeyPart = string | Uint8Array | number | boolean | null;

/** Most parts of one key: so many empty ones, read, keep less than 64 KiB. */
export const keyPartsMax = 128;

const codes = { null: 0x01, bytes: 0x02, text: 0x03, zero: 0x18, false: 0x20, true: 0x21 } as const;
const integerBytesMax = 7;
const end = 0x00;
const escaped = 0xff;

/**
 * Packs a tuple into a key. O(size).
 *
 * @throws {HoldfastError} `invalid_argument` on a number that is not a safe
 *   integer or text with half a surrogate pair; `too_large` on more than
 *   {@link keyPartsMax} parts.
 */
export function packKey(parts: readonly KeyPart[]): Uint8Array {
  return write(parts).finish();
}

/**
 * Reads what {@link packKey} wrote. O(size).
 *
 * @throws {HoldfastError} `corrupt`, `truncated` or `too_large`, on any other bytes.
 */
export function unpackKey(key: Uint8Array): KeyPart[] {
  const reader = new Reader(key);
  // One for all parts: many short ones would else allocate many times what they hold.
  const scratch = new Uint8Array(key.length);
  const parts: KeyPart[] = [];
  while (reader.remaining > 0) {
    if (parts.length === keyPartsMax) throw tooManyParts();
    parts.push(readPart(reader, scratch));
  }
  return parts;
}

/**
 * All keys that extend `prefix` by at least one part, from `start` up to, not
 * including, `end`. The key of `prefix` itself is not among them.
 *
 * @throws {HoldfastError} As {@link packKey}.
 */
export function keyRange(prefix: readonly KeyPart[]): { start: Uint8Array; end: Uint8Array } {
  return { start: write(prefix).u8(codes.null).finish(), end: write(prefix).u8(escaped).finish() };
}

/** The first of all byte strings that sort after `key`. */
export function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

function write(parts: readonly KeyPart[]): Writer {
  if (parts.length > keyPartsMax) throw tooManyParts();
  const writer = new Writer();
  for (const part of parts) writePart(writer, part);
  return writer;
}

function writePart(writer: Writer, part: KeyPart): void {
  if (part === null) writer.u8(codes.null);
  else if (part === false) writer.u8(codes.false);
  else if (part === true) writer.u8(codes.true);
  else if (typeof part === "number") writeInteger(writer, part);
  else if (typeof part === "string") {
    if (!isWellFormed(part)) {
      throw new HoldfastError("invalid_argument", "a key's text holds half a surrogate pair");
    }
    writeEscaped(writer.u8(codes.text), encodeUtf8(part));
  } else writeEscaped(writer.u8(codes.bytes), part);
}

function writeEscaped(writer: Writer, bytes: Uint8Array): void {
  let from = 0;
  for (let zero = bytes.indexOf(end); zero !== -1; zero = bytes.indexOf(end, from)) {
    writer.raw(bytes.subarray(from, zero + 1)).u8(escaped);
    from = zero + 1;
  }
  writer.raw(bytes.subarray(from)).u8(end);
}

function writeInteger(writer: Writer, value: number): void {
  if (!Number.isSafeInteger(value)) {
    throw new HoldfastError("invalid_argument", `a key's number is not a safe integer: ${value}`);
  }
  const digits: number[] = [];
  for (let rest = Math.abs(value); rest > 0; rest = Math.floor(rest / 0x100)) {
    digits.unshift(rest % 0x100);
  }
  writer.u8(value < 0 ? codes.zero - digits.length : codes.zero + digits.length);
  for (const digit of digits) writer.u8(value < 0 ? 0xff - digit : digit);
}

function readPart(reader: Reader, scratch: Uint8Array): KeyPart {
  const code = reader.u8("key part");
  if (code === codes.null) return null;
  if (code === codes.false) return false;
  if (code === codes.true) return true;
  if (code === codes.bytes) return readEscaped(reader, scratch).slice();
  if (code === codes.text) return decodeUtf8(readEscaped(reader, scratch));
  if (Math.abs(code - codes.zero) <= integerBytesMax) return readInteger(reader, code - codes.zero);
  throw new HoldfastError("corrupt", `key part has unknown type 0x${code.toString(16)}`);
}

// A view of `scratch`, which the next call overwrites.
function readEscaped(reader: Reader, scratch: Uint8Array): Uint8Array {
  let size = 0;
  for (;;) {
    const byte = reader.u8("key part");
    if (byte === end) {
      if (reader.peek() !== escaped) return scratch.subarray(0, size);
      reader.u8("key part");
    }
    scratch[size] = byte;
    size += 1;
  }
}

function readInteger(reader: Reader, signedSize: number): number {
  const size = Math.abs(signedSize);
  let value = 0;
  for (let count = 0; count < size; count += 1) {
    const byte = reader.u8("key integer");
    value = value * 0x100 + (signedSize < 0 ? 0xff - byte : byte);
  }
  if (size > 0 && value < 0x100 ** (size - 1)) {
    throw new HoldfastError("corrupt", "key integer is not in its shortest form");
  }
  if (value > Number.MAX_SAFE_INTEGER) {
    throw new HoldfastError("corrupt", "key integer is over 2^53 - 1");
  }
  return signedSize < 0 ? -value : value;
}

function tooManyParts(): HoldfastError {
  return new HoldfastError("too_large", `a key has at most ${keyPartsMax} parts`);
}
