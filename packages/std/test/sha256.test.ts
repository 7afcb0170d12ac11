// SHA-256 against Node's.

import { createHash } from "node:crypto";
import { sha256, toHex } from "@holdfast/std";
import fc from "fast-check";
import { expect, test } from "vitest";

test("hashes as the platform does, however the bytes come", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
      const theirs = createHash("sha256");
      for (const piece of pieces) theirs.update(piece);
      expect(toHex(sha256(pieces))).toBe(theirs.digest("hex"));
    }),
  );
  // Each length around a block's end.
  for (let length = 0; length < 200; length += 1) {
    const bytes = new Uint8Array(length).map((_, index) => index * 31);
    const hash = createHash("sha256").update(bytes).digest("hex");
    expect(toHex(sha256([bytes], 16))).toBe(hash.slice(0, 32));
  }
});
