// SHA-256 against Node's.

import { createHash } from "node:crypto";
import { sha256, toHex } from "@holdfast/std";
import fc from "fast-check";
import { expect, test } from "vitest";

test("hashes as the platform does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(), (bytes, cut) => {
      const end = cut % (bytes.length + 1);
      const theirs = createHash("sha256").update(bytes.subarray(0, end)).digest("hex");
      expect(toHex(sha256(bytes, 32, end))).toBe(theirs);
    }),
  );
  // Each length around a block's end.
  for (let length = 0; length < 200; length += 1) {
    const bytes = new Uint8Array(length).map((_, index) => index * 31);
    const hash = createHash("sha256").update(bytes).digest("hex");
    expect(toHex(sha256(bytes, 16))).toBe(hash.slice(0, 32));
  }
});
