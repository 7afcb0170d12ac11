// The final text of a container, to be read at once.
//
// The text is what somebody waits for, in a process that has just started: nothing of
// this program is compiled yet, so each step of a loop costs as much as fifty will a
// moment later. So the block is made of copies of whole pieces, which the engine's own
// code makes, and of nothing below a byte.
//
// Layout (integers as in @holdfast/std's codec):
//   uint  bytes of the text as UTF-8
//   uint  bytes of the copies
//   copies, each:
//     u8    1 to 15: how many literals come before it, 15 for 15 or more
//           16 to 112, in steps of 16: its length - 6, 7 steps for 7 or more
//           128: from far
//     literals - 15                           where 15
//     length - 13                             where 7 steps
//     2 bytes, or 3 where from far, lowest first: how far back it begins, at least 1
//   literals, to the end: those of all copies, and those behind the last one
// What is beyond 15 literals or a length of 13 is any number of bytes 255, and one less
// than that, which add up. So a block of `n` bytes holds at most 255 n bytes of text.

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { findCopies } from "./copies.ts";

const copyLengthMin = 6;
const expansionMax = 255;
const literalsMask = 15;
const lengthShift = 4;
const lengthMask = 7;
const isFar = 128;
const search = {
  start: 0,
  lengthMin: copyLengthMin,
  onwardLengthMin: copyLengthMin,
  reachMax: 2 ** 24 - 1,
};

/** Writes a text, given as UTF-8. About O(length). */
export function encodeTextBlock(bytes: Uint8Array): Uint8Array {
  const copies = new Writer(bytes.length >> 2);
  const literals = new Writer(bytes.length >> 2);
  let at = 0;
  for (const copy of findCopies(bytes, search)) {
    literals.raw(bytes.subarray(at, at + copy.literals));
    at += copy.literals;
    const back = at - copy.source;
    const length = copy.length - copyLengthMin;
    const flags = Math.min(length, lengthMask) << lengthShift;
    copies.u8(Math.min(copy.literals, literalsMask) | flags | (back < 65_536 ? 0 : isFar));
    if (copy.literals >= literalsMask) writeSum(copies, copy.literals - literalsMask);
    if (length >= lengthMask) writeSum(copies, length - lengthMask);
    copies.u8(back & 255).u8((back >> 8) & 255);
    if (back >= 65_536) copies.u8(back >> 16);
    at += copy.length;
  }
  literals.raw(bytes.subarray(at));
  const writer = new Writer(copies.sizeBytes + literals.sizeBytes + 8);
  return writer.uint(bytes.length).blob(copies.view()).raw(literals.view()).finish();
}

/**
 * Reads what {@link encodeTextBlock} wrote: the text as UTF-8.
 *
 * @throws {HoldfastError} `corrupt`, `truncated`.
 */
export function decodeTextBlock(block: Uint8Array): Uint8Array {
  const reader = new Reader(block);
  const sizeBytes = reader.uint("text size");
  if (sizeBytes > expansionMax * block.length) throw corrupt("is longer than its block can hold");
  const copies = reader.blob("text copies", block.length);
  const literals = reader.raw(reader.remaining, "text literals");
  if (literals.length > sizeBytes) throw corrupt("has more literals than bytes");
  // The literals wait at the end, so that one array is copied within itself.
  const bytes = new Uint8Array(sizeBytes + literals.length);
  bytes.set(literals, sizeBytes);
  let waiting = sizeBytes;
  let at = 0;
  // What lies behind the end counts as nothing until the copy is refused for it.
  for (let next = 0; next < copies.length; ) {
    const flags = copies[next]!;
    next += 1;
    let count = flags & literalsMask;
    let length = ((flags >> lengthShift) & lengthMask) + copyLengthMin;
    if (count === literalsMask) {
      for (; copies[next] === 255; next += 1) count += 255;
      count += copies[next]!;
      next += 1;
    }
    if (length === lengthMask + copyLengthMin) {
      for (; copies[next] === 255; next += 1) length += 255;
      length += copies[next]!;
      next += 1;
    }
    let back = copies[next]! | (copies[next + 1]! << 8);
    next += 2;
    if (flags >= isFar) {
      back |= copies[next]! << 16;
      next += 1;
    }
    if (count > 0) {
      if (count > bytes.length - waiting) throw corrupt("lacks literals");
      bytes.copyWithin(at, waiting, waiting + count);
      waiting += count;
      at += count;
    }
    // Also where a number is none.
    if (next > copies.length || !(back > 0 && back <= at))
      throw corrupt("copies what is not there");
    if (length <= back) bytes.copyWithin(at, at - back, at - back + length);
    else copyPiece(bytes, at - back, at, length);
    at += length;
  }
  // Also where copies went on behind the end of the text: they only overwrote literals.
  if (bytes.length - waiting !== sizeBytes - at) throw corrupt("is of another length");
  bytes.copyWithin(at, waiting);
  return bytes.subarray(0, sizeBytes);
}

/** Copies `length` bytes from `source` to `at`, further on; where they overlap, the piece repeats. */
export function copyPiece(bytes: Uint8Array, source: number, at: number, length: number): void {
  if (source + length <= at) bytes.copyWithin(at, source, source + length);
  else for (let index = 0; index < length; index += 1) bytes[at + index] = bytes[source + index]!;
}

function writeSum(writer: Writer, value: number): void {
  let left = value;
  for (; left >= 255; left -= 255) writer.u8(255);
  writer.u8(left);
}

function corrupt(problem: string): HoldfastError {
  return new HoldfastError("corrupt", `cached text ${problem}`);
}
