import fc from "fast-check";
import { expect, test } from "vitest";
import { hashOnto, newHash } from "../src/drivers/raft/murmur128.ts";

const hashOf = (bytes: Uint8Array, seed = 0): string => {
  const hash = newHash(seed);
  hashOnto(hash, bytes);
  return [...hash].map((word) => word.toString(16).padStart(8, "0")).join("");
};

// SMHasher's VerificationTest: keys of 0 to 255 bytes, each by a seed of its own, and the
// hash of all their hashes, which names the function.
test("the hash is MurmurHash3_x86_128", () => {
  const all = new DataView(new ArrayBuffer(256 * 16));
  for (let length = 0; length < 256; length += 1) {
    const hash = newHash(256 - length);
    hashOnto(
      hash,
      Uint8Array.from({ length }, (_, index) => index),
    );
    hash.forEach((word, at) => {
      all.setUint32(length * 16 + at * 4, word, true);
    });
  }
  const whole = newHash();
  hashOnto(whole, new Uint8Array(all.buffer));
  expect(whole[0]!.toString(16)).toBe("b3ece62a");
});

test("each bit of the bytes, and what came before, changes the hash", () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 70 });
  fc.assert(
    fc.property(bytes, fc.nat(), fc.nat({ max: 7 }), (before, place, bit) => {
      const after = before.slice();
      after[place % after.length]! ^= 1 << bit;
      expect(hashOf(after)).not.toBe(hashOf(before));
      expect(hashOf(before, 1)).not.toBe(hashOf(before));
      expect(hashOf(Uint8Array.of(...before, 0))).not.toBe(hashOf(before));
    }),
  );
});
