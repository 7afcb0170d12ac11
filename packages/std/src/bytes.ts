// Bytes: compare, join, print; and text as UTF-8.

import { HoldfastError } from "./error.ts";

// The one piece of the platform that pure packages use. It exists in every
// browser, in Node and in workers; TypeScript's ES2022 library leaves it out.
declare class TextEncoder {
  encode(text: string): Uint8Array;
  encodeInto(text: string, bytes: Uint8Array): { readonly read: number };
}
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Compares as unsigned bytes, a prefix first. Negative, zero or positive. O(shorter length). */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = a[index]! - b[index]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Tells whether both hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** Joins `parts` into one new array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let sizeBytes = 0;
  for (const part of parts) sizeBytes += part.length;
  const joined = new Uint8Array(sizeBytes);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const hexDigits = "0123456789abcdef";
const digitCodes = Array.from(hexDigits, (digit) => digit.charCodeAt(0));
// Names of 16 bytes are read by the ten thousands. Put together digit by digit, each
// leaves a kilobyte of garbage; from one list of codes that all calls share, none.
const groupSizeBytes = 16;
const groupCodes = new Array<number>(groupSizeBytes * 2).fill(0);

/** Lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  let at = 0;
  for (; at + groupSizeBytes <= bytes.length; at += groupSizeBytes) text += groupHex(bytes, at);
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    text += hexDigits[byte >> 4]! + hexDigits[byte & 15]!;
  }
  return text;
}

function groupHex(bytes: Uint8Array, from: number): string {
  for (let index = 0; index < groupSizeBytes; index += 1) {
    const byte = bytes[from + index]!;
    groupCodes[index * 2] = digitCodes[byte >> 4]!;
    groupCodes[index * 2 + 1] = digitCodes[byte & 15]!;
  }
  return String.fromCharCode.apply(null, groupCodes);
}

/**
 * Reads what {@link toHex} wrote.
 *
 * @throws {HoldfastError} `invalid_argument` on an odd length or another character.
 */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  let bad = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const high = hexDigit(text.charCodeAt(index * 2));
    const low = hexDigit(text.charCodeAt(index * 2 + 1));
    bad |= high | low;
    bytes[index] = (high << 4) | low;
  }
  if (bad < 0 || (text.length & 1) === 1) {
    throw new HoldfastError("invalid_argument", "not lower-case hexadecimal");
  }
  return bytes;
}

/** What a lower-case hexadecimal digit stands for, by its unit; -1 where it is none. */
export function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  return unit >= 0x61 && unit <= 0x66 ? unit - 0x57 : -1;
}

// Below this many bytes a loop is quicker than a call of the decoder.
const shortTextMax = 24;

function decodeAscii(bytes: Uint8Array): string | null {
  let text = "";
  for (const byte of bytes) {
    if (byte >= 0x80) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}

// Above so many units a call of the encoder is quicker than a loop, and a loop is slow until it is compiled.
const shortPieceMax = 64;
const pieceUnits = 4096;
const asciiPiece = new Uint8Array(pieceUnits);

/**
 * Writes the UTF-16 units `from` up to, not including, `to` of `text` into `units`, from `at` on, where
 * there is room for them. O(units).
 *
 * @returns Whether one of them is half of a surrogate pair.
 */
export function copyUnits(
  text: string,
  from: number,
  to: number,
  units: Uint16Array,
  at: number,
): boolean {
  let hasSurrogates = false;
  for (let start = from; start < to; ) {
    const end = Math.min(to, start + pieceUnits);
    const place = at + start - from;
    const isAscii = end - start > shortPieceMax && copyAscii(text.slice(start, end), units, place);
    if (!isAscii && copyEach(text, start, end, units, place)) hasSurrogates = true;
    start = end;
  }
  return hasSurrogates;
}

// Copies a piece that is ASCII; false where it is not.
function copyAscii(piece: string, units: Uint16Array, at: number): boolean {
  const bytes = asciiPiece.subarray(0, piece.length);
  // Any other unit takes more than a byte, so that not all of them fit.
  if (encoder.encodeInto(piece, bytes).read < piece.length) return false;
  units.set(bytes, at);
  return true;
}

function copyEach(text: string, from: number, to: number, units: Uint16Array, at: number): boolean {
  let hasSurrogates = false;
  for (let index = from; index < to; index += 1) {
    const unit = text.charCodeAt(index);
    units[at + index - from] = unit;
    if ((unit & 0xf800) === 0xd800) hasSurrogates = true;
  }
  return hasSurrogates;
}

/** UTF-8. Half a surrogate pair becomes U+FFFD; see {@link isWellFormed}. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** How many bytes {@link encodeUtf8} makes of `text`. Allocates nothing. O(n). */
export function utf8SizeBytes(text: string): number {
  let sizeBytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x80) sizeBytes += unit < 0x800 || isPairUnit(text, index) ? 1 : 2;
  }
  return sizeBytes;
}

// Both units of a pair make two of its four bytes.
function isPairUnit(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (unit < 0xd800 || unit > 0xdfff) return false;
  if (unit < 0xdc00) return (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
  return (text.charCodeAt(index - 1) & 0xfc00) === 0xd800;
}

/**
 * Reads UTF-8.
 *
 * @throws {HoldfastError} `corrupt` where the bytes are not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (bytes.length <= shortTextMax) {
    const text = decodeAscii(bytes);
    if (text !== null) return text;
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new HoldfastError("corrupt", "text is not valid UTF-8");
  }
}

/** Tells whether `text` holds no half of a surrogate pair, so that UTF-8 keeps it whole. O(n). */
export function isWellFormed(text: string): boolean {
  // Most texts here are keystrokes, for which the expression costs more than all else.
  let at = text.length <= shortTextMax ? 0 : text.length;
  while (at < text.length && (text.charCodeAt(at) & 0xf800) !== 0xd800) at += 1;
  if (at === text.length && at <= shortTextMax) return true;
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
