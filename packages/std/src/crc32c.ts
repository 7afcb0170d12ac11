// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected): the checksum of every
// format that rests on a disk or crosses a wire. It finds accidents, not malice.
// Source: RFC 3720, appendix B.4. Eight bytes a step: Kounavis and Berry, A Systematic
// Approach to Building High Performance Software-Based CRC Generators (2005).

const sliceBytes = 8;
// A view of fewer bytes than these costs more than it saves.
const viewedMin = 256;

/** At `256 * n + byte`: what `byte` leaves once `n` zero bytes have followed it. */
const tables = new Int32Array(256 * sliceBytes);
for (let index = 0; index < 256; index += 1) {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  tables[index] = value;
}
for (let index = 256; index < tables.length; index += 1) {
  const before = tables[index - 256]!;
  tables[index] = (before >>> 8) ^ tables[before & 0xff]!;
}

/** The CRC-32C of the first `end` bytes of `bytes`, continued from `previous`. 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array, previous = 0, end = bytes.length): number {
  let value = ~previous;
  let at = 0;
  if (end >= viewedMin) {
    at = end - (end % sliceBytes);
    value = slices(new DataView(bytes.buffer, bytes.byteOffset, at), value);
  }
  for (; at < end; at += 1) value = (value >>> 8) ^ tables[(value ^ bytes[at]!) & 0xff]!;
  return ~value >>> 0;
}

// A view reads four bytes in one step, which counts in code that is not compiled yet.
function slices(view: DataView, start: number): number {
  let value = start;
  for (let at = 0; at < view.byteLength; at += sliceBytes) {
    const low = value ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    value =
      tables[0x700 | (low & 0xff)]! ^
      tables[0x600 | ((low >>> 8) & 0xff)]! ^
      tables[0x500 | ((low >>> 16) & 0xff)]! ^
      tables[0x400 | (low >>> 24)]! ^
      tables[0x300 | (high & 0xff)]! ^
      tables[0x200 | ((high >>> 8) & 0xff)]! ^
      tables[0x100 | ((high >>> 16) & 0xff)]! ^
      tables[high >>> 24]!;
  }
  return value;
}
