// The fingerprint of a run: all of it counts, and its order.

import fc from "fast-check";
import { expect, test } from "vitest";
import { TraceHash } from "../src/run/trace_hash.ts";

function digest(take: (hash: TraceHash) => void): string {
  const hash = new TraceHash();
  take(hash);
  return hash.digest();
}

test("one fingerprint for the same, others for what differs in one bit, order or length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (bytes, at) => {
      const changed = bytes.slice();
      changed[at % bytes.length]! ^= 1 << (at % 8);
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      const of = (value: Uint8Array): string => digest((hash) => hash.bytes(value));
      expect(of(bytes.slice())).toBe(of(bytes));
      expect(new Set([of(bytes), of(changed), of(longer)]).size).toBe(3);
    }),
  );
  const words = [1, 2, 3, 0.5, -0, 0, Number.MAX_SAFE_INTEGER];
  const orders = [words, [...words].reverse()];
  const digests = orders.map((order) =>
    digest((hash) => {
      for (const word of order) hash.number(word);
    }),
  );
  expect(new Set(digests).size).toBe(2);
  expect(digest((hash) => hash.text("ab"))).not.toBe(digest((hash) => hash.text("ba")));
});

test("100,000 numbers have 100,000 fingerprints", () => {
  const seen = new Set<string>();
  for (let value = 0; value < 100_000; value += 1) seen.add(digest((hash) => hash.number(value)));
  expect(seen.size).toBe(100_000);
});
