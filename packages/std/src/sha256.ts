// SHA-256: the hash that names content. Source: FIPS 180-4, sections 5 and 6.2.
//
// Why not a library's: documents hash every keystroke that arrives, most of them in one
// block of 64 bytes, and there the objects and views around the compression cost several
// times what the compression does. Held against Node's own in tests.

const blockSizeBytes = 64;

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
const constants = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

const initial = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
] as const;

// Scratch: of no meaning between two calls.
const words = new Int32Array(64);
const state = new Int32Array(8);
const block = new Uint8Array(blockSizeBytes);

/**
 * The first `sizeBytes` bytes, at most 32, of the hash of the first `end` bytes of `bytes`. O(end).
 */
export function sha256(bytes: Uint8Array, sizeBytes = 32, end = bytes.length): Uint8Array {
  state.set(initial);
  let at = 0;
  for (; at + blockSizeBytes <= end; at += blockSizeBytes) compress(bytes, at);
  const held = end - at;
  for (let index = 0; index < held; index += 1) block[index] = bytes[at + index]!;
  block[held] = 0x80;
  block.fill(0, held + 1);
  if (held + 9 > blockSizeBytes) {
    compress(block, 0);
    block.fill(0);
  }
  // The length in bits, 64 of them, high ones first.
  const high = Math.floor(end / 2 ** 29);
  const low = end << 3;
  for (let index = 0; index < 4; index += 1) {
    block[56 + index] = high >>> (24 - 8 * index);
    block[60 + index] = low >>> (24 - 8 * index);
  }
  compress(block, 0);
  const hash = new Uint8Array(sizeBytes);
  for (let index = 0; index < sizeBytes; index += 1) {
    hash[index] = state[index >> 2]! >>> (24 - 8 * (index & 3));
  }
  return hash;
}

// Takes the 64 bytes from `start` on into the state.
function compress(bytes: Uint8Array, start: number): void {
  const w = words;
  for (let index = 0; index < 16; index += 1) {
    const at = start + 4 * index;
    w[index] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let index = 16; index < 64; index += 1) {
    const x = w[index - 15]!;
    const y = w[index - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[index] = (w[index - 16]! + s0 + w[index - 7]! + s1) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let index = 0; index < 64; index += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const choice = (e & f) ^ (~e & g);
    const first = (h + s1 + choice + constants[index]! + w[index]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + s0 + majority) | 0;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
  state[5] = (state[5]! + f) | 0;
  state[6] = (state[6]! + g) | 0;
  state[7] = (state[7]! + h) | 0;
}
