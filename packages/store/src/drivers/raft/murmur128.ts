// MurmurHash3 of 128 bits, in its variant for machines of 32 bits: fast where all one has are
// multiplications of 32 bits, and enough to tell damage. It withstands nobody who
// means to deceive it.
//
// Source: Austin Appleby, MurmurHash3_x86_128 of SMHasher, in the public domain. Departure:
// four words begin it where that takes one word four times, so that a hash can go on from
// another; to go on is one to one, so that nothing of what was hashed before is lost.

/** Four words of 32 bits. */
export type Hash128 = Uint32Array & { readonly length: 4 };

const [c1, c2, c3, c4] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const;
const blockSizeBytes = 16;

/** Where a chain of hashes begins. */
export function newHash(seed = 0): Hash128 {
  return new Uint32Array(4).fill(seed) as Hash128;
}

/** Makes `hash` that of `bytes`, begun from what it was. O(bytes). */
export function hashOnto(hash: Hash128, bytes: Uint8Array): void {
  let h1 = hash[0]!;
  let h2 = hash[1]!;
  let h3 = hash[2]!;
  let h4 = hash[3]!;
  const { length } = bytes;
  const whole = length - (length % blockSizeBytes);
  let at = 0;
  for (; at < whole; at += blockSizeBytes) {
    h1 = (Math.imul(rotated(h1 ^ first(word(bytes, at)), 19) + h2, 5) + 0x561ccd1b) | 0;
    h2 = (Math.imul(rotated(h2 ^ second(word(bytes, at + 4)), 17) + h3, 5) + 0x0bcaa747) | 0;
    h3 = (Math.imul(rotated(h3 ^ third(word(bytes, at + 8)), 15) + h4, 5) + 0x96cd1c35) | 0;
    h4 = (Math.imul(rotated(h4 ^ fourth(word(bytes, at + 12)), 13) + h1, 5) + 0x32ac3b17) | 0;
  }
  if (at < length) {
    // Zeros where there is nothing: a word of zeros changes nothing.
    h1 ^= first(lastWord(bytes, at));
    h2 ^= second(lastWord(bytes, at + 4));
    h3 ^= third(lastWord(bytes, at + 8));
    h4 ^= fourth(lastWord(bytes, at + 12));
  }
  hash[0] = h1 ^ length;
  hash[1] = h2 ^ length;
  hash[2] = h3 ^ length;
  hash[3] = h4 ^ length;
  spread(hash);
  for (let index = 0; index < 4; index += 1) hash[index] = mixed(hash[index]!);
  spread(hash);
}

/** Lets each word depend on all. */
function spread(hash: Hash128): void {
  hash[0]! += hash[1]! + hash[2]! + hash[3]!;
  for (let index = 1; index < 4; index += 1) hash[index]! += hash[0]!;
}

function first(word: number): number {
  return Math.imul(rotated(Math.imul(word, c1), 15), c2);
}

function second(word: number): number {
  return Math.imul(rotated(Math.imul(word, c2), 16), c3);
}

function third(word: number): number {
  return Math.imul(rotated(Math.imul(word, c3), 17), c4);
}

function fourth(word: number): number {
  return Math.imul(rotated(Math.imul(word, c4), 18), c1);
}

function mixed(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function lastWord(bytes: Uint8Array, at: number): number {
  let word = 0;
  for (let index = Math.min(bytes.length, at + 4) - 1; index >= at; index -= 1) {
    word = (word << 8) | bytes[index]!;
  }
  return word;
}
