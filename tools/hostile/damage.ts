// Bytes with something wrong with them, drawn from a seed.

import { concatBytes, type Random, randomBelow } from "@holdfast/std";

/** A copy of `valid` with one to three things wrong: bytes changed, cut off, cut out, put in or zeroed. */
export function damaged(valid: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = valid.slice();
  for (let count = 1 + randomBelow(random, 3); count > 0; count -= 1) {
    bytes = damageOnce(bytes, random);
  }
  return bytes;
}

function damageOnce(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return random.bytes(1 + randomBelow(random, 8));
  const at = randomBelow(random, bytes.length);
  const to = Math.min(bytes.length, at + 1 + randomBelow(random, 24));
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(to)];
  switch (randomBelow(random, 7)) {
    case 0:
      bytes[at]! ^= 1 << randomBelow(random, 8);
      return bytes;
    case 1:
      bytes[at] = randomBelow(random, 256);
      return bytes;
    case 2:
      return head.slice();
    case 3:
      return concatBytes([head, tail]);
    case 4:
      return concatBytes([head, random.bytes(1 + randomBelow(random, 8)), bytes.subarray(at)]);
    case 5:
      return bytes.fill(0, at, to);
    default:
      return bytes.fill(0xff, at, to);
  }
}
