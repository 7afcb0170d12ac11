// Values of maps and lists, and how they are written.
//
// A value has exactly one encoding, so that replicas can compare bytes:
//
//   0 null   1 false   2 true
//   3 uint            an integer from 0 to 2^53 - 1
//   4 uint            n stands for the integer -1 - n
//   5 8 bytes         any other finite number (and -0), IEEE 754, big-endian
//   6 text
//   7 blob            bytes
//   8 uint count      then so many values: an array
//   9 uint count      then so many of text, value: an object, keys in order of UTF-16 units
//
// integers, text and blob as in @holdfast/std's codec.

import { HoldfastError, isWellFormed, Reader, Writer } from "@holdfast/std";

/** What a map's key can be set to, or a list hold. `undefined` can't; delete the key instead. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value };

/** Most bytes of an encoded value. */
export const valueSizeBytesMax = 32_768;

/** How deep arrays and objects nest at most. */
export const valueDepthMax = 32;

const tags = {
  null: 0,
  false: 1,
  true: 2,
  positive: 3,
  negative: 4,
  float: 5,
  text: 6,
  bytes: 7,
  array: 8,
  object: 9,
} as const;

// For one number, of no meaning between two calls.
const float = new DataView(new ArrayBuffer(8));

/**
 * Writes a value.
 *
 * @throws {HoldfastError} `invalid_argument` where it, or something in it, is no
 *   {@link Value}, or text holds half a surrogate pair; `too_large` over
 *   {@link valueSizeBytesMax} or {@link valueDepthMax}.
 */
export function encodeValue(value: Value): Uint8Array {
  const writer = new Writer();
  writeValue(writer, value, 0);
  if (writer.sizeBytes > valueSizeBytesMax) throw oversized();
  return writer.finish();
}

/**
 * Reads what {@link encodeValue} wrote. Objects have no prototype members of their
 * own making: `__proto__` is a key like any other.
 *
 * @throws {HoldfastError} `truncated`, `too_large`, or `corrupt` where the bytes are
 *   not the one encoding of a value.
 */
export function decodeValue(bytes: Uint8Array): Value {
  if (bytes.length > valueSizeBytesMax) throw oversized();
  const reader = new Reader(bytes);
  const value = readValue(reader, 0, true);
  reader.end("value");
  return value;
}

/**
 * Passes over a value that something else may follow, and makes nothing of it.
 *
 * @throws {HoldfastError} As {@link decodeValue}.
 */
export function checkValue(reader: Reader): void {
  const start = reader.offset;
  readValue(reader, 0, false);
  if (reader.offset - start > valueSizeBytesMax) throw oversized();
}

function writeValue(writer: Writer, value: Value, depth: number): void {
  if (depth > valueDepthMax) {
    throw new HoldfastError("too_large", `value nests deeper than ${valueDepthMax}`);
  }
  if (writer.sizeBytes > valueSizeBytesMax) throw oversized();
  if (value === null) writer.u8(tags.null);
  else if (typeof value === "boolean") writer.u8(value ? tags.true : tags.false);
  else if (typeof value === "number") writeNumber(writer, value);
  else if (typeof value === "string") {
    if (!isWellFormed(value)) throw invalid("text in a value holds half a surrogate pair");
    writer.u8(tags.text).text(value);
  } else if (value instanceof Uint8Array) writer.u8(tags.bytes).blob(value);
  else if (Array.isArray(value)) {
    writer.u8(tags.array).uint(value.length);
    for (const item of value) writeValue(writer, item, depth + 1);
  } else if (isPlainObject(value)) {
    const keys = Object.keys(value).sort(compareUnits);
    writer.u8(tags.object).uint(keys.length);
    for (const key of keys) {
      if (!isWellFormed(key)) throw invalid("key in a value holds half a surrogate pair");
      writer.text(key);
      writeValue(writer, value[key]!, depth + 1);
    }
  } else throw invalid(`a value can't hold ${describe(value)}`);
}

function writeNumber(writer: Writer, value: number): void {
  if (!Number.isFinite(value)) throw invalid(`a value can't hold ${value}`);
  if (!isInteger(value)) {
    float.setFloat64(0, value);
    writer.u8(tags.float).u32(float.getUint32(0)).u32(float.getUint32(4));
  } else if (value >= 0) writer.u8(tags.positive).uint(value);
  else writer.u8(tags.negative).uint(-1 - value);
}

// Null for anything that lies in several pieces, where it is not `kept`.
function readValue(reader: Reader, depth: number, isKept: boolean): Value {
  if (depth > valueDepthMax) {
    throw new HoldfastError("too_large", `value nests deeper than ${valueDepthMax}`);
  }
  const tag = reader.u8("value tag");
  switch (tag) {
    case tags.null:
      return null;
    case tags.false:
      return false;
    case tags.true:
      return true;
    case tags.positive:
      return reader.uint("value integer");
    case tags.negative:
      return -1 - reader.uint("value integer", Number.MAX_SAFE_INTEGER - 1);
    case tags.float:
      return readFloat(reader);
    case tags.text:
      return reader.text("value text", valueSizeBytesMax);
    case tags.bytes:
      if (isKept) return reader.blob("value bytes", valueSizeBytesMax).slice();
      reader.skip(reader.uint("value bytes", valueSizeBytesMax), "value bytes");
      return null;
    case tags.array: {
      const items: Value[] | null = isKept ? [] : null;
      const count = reader.count("value items", valueSizeBytesMax);
      for (let index = 0; index < count; index += 1) {
        const item = readValue(reader, depth + 1, isKept);
        items?.push(item);
      }
      return items;
    }
    case tags.object:
      return readObject(reader, depth, isKept);
    default:
      throw new HoldfastError("corrupt", `value tag ${tag} is unknown`);
  }
}

function readFloat(reader: Reader): number {
  for (let at = 0; at < 8; at += 1) float.setUint8(at, reader.u8("value number"));
  const value = float.getFloat64(0);
  if (!Number.isFinite(value) || isInteger(value)) {
    throw new HoldfastError("corrupt", "value number is not finite or not in its one form");
  }
  return value;
}

function readObject(reader: Reader, depth: number, isKept: boolean): Value {
  const members: [string, Value][] | null = isKept ? [] : null;
  const count = reader.count("value members", valueSizeBytesMax, 2);
  let previous: string | null = null;
  for (let index = 0; index < count; index += 1) {
    const key = reader.text("value key", valueSizeBytesMax);
    if (previous !== null && compareUnits(previous, key) >= 0) {
      throw new HoldfastError("corrupt", "value keys are not in order");
    }
    previous = key;
    const member = readValue(reader, depth + 1, isKept);
    members?.push([key, member]);
  }
  return members === null ? null : Object.fromEntries(members);
}

function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function isPlainObject(value: unknown): value is { readonly [key: string]: Value } {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function compareUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function describe(value: unknown): string {
  return typeof value === "object" ? "an object that is not plain" : typeof value;
}

function invalid(sentence: string): HoldfastError {
  return new HoldfastError("invalid_argument", sentence);
}

function oversized(): HoldfastError {
  return new HoldfastError("too_large", `value over ${valueSizeBytesMax} bytes`);
}
