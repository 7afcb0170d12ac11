// Reading and writing the pieces that every byte format is made of.
//
//   uint     LEB128: seven bits a byte, lowest first, the top bit says "more";
//            at most 2^53 - 1, and only the shortest form is accepted, so that a
//            value has one encoding and a hash over it means something.
//   blob     uint length, then the bytes.
//   text     blob of UTF-8.
//   u8, u32  fixed width, big-endian.
//
// The Reader is where strangers' bytes come in: whatever is wrong with them, it
// throws a HoldfastError (`truncated`, `corrupt`, `too_large`) that names the
// field, and it never allocates more than the bytes that are there.

import { decodeUtf8, encodeUtf8, hexDigit } from "./bytes.ts";
import { crc32c } from "./crc32c.ts";
import { HoldfastError } from "./error.ts";
import { sha256 } from "./sha256.ts";

// More bytes than these are copied by a call, fewer in a loop.
const copiedByCall = 48;

// Texts up to this many bytes are decoded in a loop, if they are ASCII.
const shortAsciiMax = 24;

// Texts up to this long take one byte for their length.
const shortTextMax = 100;

/** Collects bytes; grows as needed. */
export class Writer {
  #bytes: Uint8Array;
  #size = 0;

  /** @param capacityBytes - How many bytes to expect; only a hint. */
  constructor(capacityBytes = 64) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  /** Bytes written so far. */
  get sizeBytes(): number {
    return this.#size;
  }

  /** Forgets what was written, and keeps the room for it. */
  clear(): this {
    this.#size = 0;
    return this;
  }

  /** One byte, 0 to 255. */
  u8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#size] = value;
    this.#size += 1;
    return this;
  }

  /** Four bytes, big-endian, 0 to 2^32 - 1. */
  u32(value: number): this {
    this.#reserve(4);
    for (let shift = 24; shift >= 0; shift -= 8) {
      this.#bytes[this.#size] = value >>> shift;
      this.#size += 1;
    }
    return this;
  }

  /** A safe non-negative integer, one to eight bytes. */
  uint(value: number): this {
    if (value >>> 0 === value && value < 0x80) return this.u8(value);
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new HoldfastError("invalid_argument", `not an unsigned integer: ${value}`);
    }
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#size] = (rest % 0x80) | 0x80;
      this.#size += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#size] = rest;
    this.#size += 1;
    return this;
  }

  /** Bytes as they are; the reader must know how many. */
  raw(bytes: Uint8Array): this {
    const { length } = bytes;
    this.#reserve(length);
    if (length > copiedByCall) this.#bytes.set(bytes, this.#size);
    else {
      for (let index = 0; index < length; index += 1) {
        this.#bytes[this.#size + index] = bytes[index]!;
      }
    }
    this.#size += length;
    return this;
  }

  /** The bytes that lower-case hexadecimal digits, an even number of them, stand for. */
  hex(digits: string): this {
    this.#reserve(digits.length >> 1);
    for (let index = 0; index < digits.length; index += 2) {
      const high = hexDigit(digits.charCodeAt(index));
      this.#bytes[this.#size] = (high << 4) | hexDigit(digits.charCodeAt(index + 1));
      this.#size += 1;
    }
    return this;
  }

  /** Bytes with their length before them. */
  blob(bytes: Uint8Array): this {
    return this.uint(bytes.length).raw(bytes);
  }

  /** UTF-8 with its length before it. */
  text(text: string): this {
    if (text.length > shortTextMax) return this.blob(encodeUtf8(text));
    // Most texts here are keystrokes and names, for which a call of the encoder costs more than all else.
    this.uint(text.length);
    const start = this.#size;
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) {
        this.#size = start - 1;
        return this.blob(encodeUtf8(text));
      }
      this.#bytes[this.#size] = unit;
      this.#size += 1;
    }
    return this;
  }

  /** The units of `text`, each 0 to 255, as a byte each; the reader must know how many. */
  units(text: string): this {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    const start = this.#size;
    for (let index = 0; index < text.length; index += 1)
      bytes[start + index] = text.charCodeAt(index);
    this.#size += text.length;
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  /** A copy of what was written, and its CRC-32C in four more bytes. */
  finishWithChecksum(): Uint8Array {
    return this.u32(crc32c(this.#bytes, 0, this.#size)).finish();
  }

  /** The first `sizeBytes` bytes of the SHA-256 of what was written. */
  sha256(sizeBytes: number): Uint8Array {
    return sha256(this.#bytes, sizeBytes, this.#size);
  }

  /** What was written, not copied: writing on may change it. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  #reserve(more: number): void {
    const needed = this.#size + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
  }
}

/** Takes pieces off the front of `bytes`, which it does not copy. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at = 0;

  /** @param end - Where to stop. */
  constructor(bytes: Uint8Array, end = bytes.length) {
    this.#bytes = bytes;
    this.#end = end;
  }

  /** Index of the next byte. */
  get offset(): number {
    return this.#at;
  }

  /** Bytes not yet taken. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  /** One byte. `field` names it in an error, here and below. */
  u8(field: string): number {
    this.#need(1, field);
    const value = this.#bytes[this.#at]!;
    this.#at += 1;
    return value;
  }

  /** The next byte, which stays there; undefined at the end. */
  peek(): number | undefined {
    return this.#at < this.#end ? this.#bytes[this.#at] : undefined;
  }

  /** Four bytes, big-endian. */
  u32(field: string): number {
    this.#need(4, field);
    let value = 0;
    for (let count = 0; count < 4; count += 1) {
      value = value * 256 + this.#bytes[this.#at]!;
      this.#at += 1;
    }
    return value;
  }

  /**
   * An unsigned integer of at most `max`.
   *
   * @throws {HoldfastError} `truncated`; `corrupt` where it is not the shortest
   *   form or over 2^53 - 1; `too_large` where it is over `max`.
   */
  uint(field: string, max: number = Number.MAX_SAFE_INTEGER): number {
    // Most are small.
    if (this.#at < this.#end) {
      const first = this.#bytes[this.#at]!;
      if (first < 0x80 && first <= max) {
        this.#at += 1;
        return first;
      }
    }
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count += 1) {
      const byte = this.u8(field);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && count > 0) throw corrupt(field, "is not in its shortest form");
        if (value > Number.MAX_SAFE_INTEGER) throw corrupt(field, "is over 2^53 - 1");
        if (value > max)
          throw new HoldfastError("too_large", `${field} is ${value}, at most ${max}`);
        return value;
      }
      scale *= 0x80;
    }
    throw corrupt(field, "is longer than 8 bytes");
  }

  /**
   * A count of things that take at least `sizeBytesMin` bytes each: never more
   * than could follow, so that a caller may allocate for it.
   */
  count(field: string, max: number, sizeBytesMin = 1): number {
    const value = this.uint(field, max);
    if (value * sizeBytesMin > this.remaining) {
      throw new HoldfastError(
        "truncated",
        `${field} says ${value}, more than the bytes that follow`,
      );
    }
    return value;
  }

  /** The next `sizeBytes` bytes, as a view. */
  raw(sizeBytes: number, field: string): Uint8Array {
    this.#need(sizeBytes, field);
    const view = this.#bytes.subarray(this.#at, this.#at + sizeBytes);
    this.#at += sizeBytes;
    return view;
  }

  /** Passes over the next `sizeBytes` bytes. */
  skip(sizeBytes: number, field: string): void {
    this.#need(sizeBytes, field);
    this.#at += sizeBytes;
  }

  /** Bytes after their length, of at most `max`, as a view. */
  blob(field: string, max: number): Uint8Array {
    return this.raw(this.uint(field, max), field);
  }

  /** UTF-8 after its length, of at most `max` bytes. */
  text(field: string, max: number): string {
    const sizeBytes = this.uint(field, max);
    this.#need(sizeBytes, field);
    if (sizeBytes <= shortAsciiMax) {
      let text = "";
      let at = this.#at;
      const end = at + sizeBytes;
      for (; at < end && this.#bytes[at]! < 0x80; at += 1) {
        text += String.fromCharCode(this.#bytes[at]!);
      }
      if (at === end) {
        this.#at = end;
        return text;
      }
    }
    return decodeUtf8(this.raw(sizeBytes, field));
  }

  /** @throws {HoldfastError} `corrupt` where bytes are left over. */
  end(what: string): void {
    if (this.remaining > 0) throw corrupt(what, `has ${this.remaining} bytes after its end`);
  }

  #need(sizeBytes: number, field: string): void {
    if (sizeBytes > this.remaining) {
      const lack = sizeBytes - this.remaining;
      throw new HoldfastError("truncated", `${field} lacks ${lack} bytes`);
    }
  }
}

function corrupt(field: string, problem: string): HoldfastError {
  return new HoldfastError("corrupt", `${field} ${problem}`);
}
