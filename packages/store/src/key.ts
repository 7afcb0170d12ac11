// Keys, inside and outside.
//
// Callers speak of keys as bytes. Inside the store a key is a string with one
// UTF-16 unit for each byte (0 to 255): the engine compares such strings with
// memcmp, in exactly the order of the bytes, and a Map can hold them.

import { HoldfastError } from "@holdfast/std";
import { type KeyRange, keySizeBytesMax } from "./store.ts";

/** A key as text: one unit of 0 to 255 for each byte. Compares as the bytes do. */
export type KeyText = string & { readonly __brand: "KeyText" };

/** Keys from `start` up to, not including, `end`, as text. */
export interface Span {
  readonly start: KeyText;
  readonly end: KeyText;
}

/** The first byte of keys that belong to the store itself. No caller's key begins with it. */
export const reservedByte = 0xff;

/** Before every key. */
export const firstText = "" as KeyText;
/** After every key of a caller. */
export const lastText = "\xff" as KeyText;
/** After every key, the store's own too. */
export const afterAllText = "\u0100" as KeyText;

/** Bytes behind {@link reservedByte}: what a node of a cluster keeps of sessions, and of its place in the log. */
export const clusterBytes = { sessions: 0x70, place: 0x72 } as const;

/** Where the store's own keys begin that go on with `byte`. */
export function reservedText(byte: number): KeyText {
  return String.fromCharCode(reservedByte, byte) as KeyText;
}

/** Every key that a caller can write. */
export const allKeys: KeyRange = { start: new Uint8Array(0), end: Uint8Array.of(reservedByte) };

const chunkUnits = 4096;

/** O(length). */
export function toKeyText(bytes: Uint8Array): KeyText {
  if (bytes.length <= chunkUnits) return textOf(bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += chunkUnits) {
    text += textOf(bytes.subarray(at, at + chunkUnits));
  }
  return text as KeyText;
}

// Not spread: of a Buffer, which LMDB gives, that goes step by step through an iterator.
function textOf(bytes: Uint8Array): KeyText {
  // `apply` takes whatever has a length and indexes; its type doesn't say so.
  return String.fromCharCode.apply(null, bytes as unknown as number[]) as KeyText;
}

/** O(length). */
export function toKeyBytes(text: KeyText): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** The next key in order: nothing lies between. */
export function textAfter(text: KeyText): KeyText {
  return `${text}\0` as KeyText;
}

/** The next key in byte order after `key`: nothing lies between. */
export function keyAfter(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

/** Every key that begins with `prefix`, itself included. */
export function prefixRange(prefix: Uint8Array): KeyRange {
  let size = prefix.length;
  while (size > 0 && prefix[size - 1] === 0xff) size -= 1;
  if (size === 0) return { start: prefix.slice(), end: allKeys.end };
  const end = prefix.slice(0, size);
  end[size - 1]! += 1;
  return { start: prefix.slice(), end };
}

/**
 * Takes a caller's key in.
 *
 * @throws {HoldfastError} `invalid_argument` where it is empty or begins with
 *   {@link reservedByte}; `too_large` where it is over `sizeBytesMax`.
 */
export function keyText(key: Uint8Array, sizeBytesMax: number = keySizeBytesMax): KeyText {
  checkKey(key, sizeBytesMax);
  return toKeyText(key);
}

/** Throws as {@link keyText}. O(1). */
export function checkKey(key: Uint8Array, sizeBytesMax: number): void {
  if (key.length === 0) throw new HoldfastError("invalid_argument", "the key is empty");
  if (key[0] === reservedByte) {
    throw new HoldfastError("invalid_argument", "the key begins with 0xff, which is reserved");
  }
  if (key.length > sizeBytesMax) {
    const sizes = `${key.length} bytes, at most ${sizeBytesMax}`;
    throw new HoldfastError("too_large", `the key has ${sizes}`);
  }
}

/**
 * Takes a caller's range in; its ends need not be keys, and lie within {@link allKeys}.
 *
 * @throws {HoldfastError} `invalid_argument` where `end` sorts before `start` or
 *   after {@link allKeys}; `too_large` where an end is longer than a key and a byte.
 */
export function spanOf(range: KeyRange, sizeBytesMax: number = keySizeBytesMax): Span {
  const longest = Math.max(range.start.length, range.end.length);
  if (longest > sizeBytesMax + 1) {
    const sizes = `${longest} bytes, at most ${sizeBytesMax + 1}`;
    throw new HoldfastError("too_large", `an end of the range has ${sizes}`);
  }
  const span = { start: toKeyText(range.start), end: toKeyText(range.end) };
  if (span.start > span.end) {
    throw new HoldfastError("invalid_argument", "the range ends before it starts");
  }
  if (span.end > lastText) {
    throw new HoldfastError("invalid_argument", "the range reaches into keys that are reserved");
  }
  return span;
}
