// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected): the checksum of every
// format that rests on a disk or crosses a wire. It finds accidents, not malice.
// Source: RFC 3720, appendix B.4.

const table = new Uint32Array(256);
for (let index = 0; index < 256; index += 1) {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  table[index] = value >>> 0;
}

/** The CRC-32C of `bytes`, continued from `previous`. 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let value = ~previous >>> 0;
  for (let index = 0; index < bytes.length; index += 1) {
    value = (value >>> 8) ^ table[(value ^ bytes[index]!) & 0xff]!;
  }
  return ~value >>> 0;
}
