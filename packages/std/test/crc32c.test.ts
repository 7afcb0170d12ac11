import { crc32c, encodeUtf8 } from "@holdfast/std";
import fc from "fast-check";
import { expect, test } from "vitest";

const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);

// RFC 3720, appendix B.4, and the usual check value of the algorithm.
test.each([
  ["nothing", new Uint8Array(0), 0],
  ["32 zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["0 to 31", ascending, 0x46dd794e],
  ["31 to 0", ascending.slice().reverse(), 0x113fdb5c],
  ["123456789", encodeUtf8("123456789"), 0xe3069283],
])("known vector: %s", (_name, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test("continues from what it had", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(crc32c(b, crc32c(a))).toBe(crc32c(Uint8Array.of(...a, ...b)));
    }),
  );
});

test("any one changed bit is found", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, at) => {
      const changed = bytes.slice();
      changed[(at >> 3) % bytes.length]! ^= 1 << (at & 7);
      expect(crc32c(changed)).not.toBe(crc32c(bytes));
    }),
  );
});

test("is what the polynomial says, bit by bit, from any place in a buffer", () => {
  const model = (bytes: Uint8Array): number => {
    let value = 0xffff_ffff;
    for (const byte of bytes) {
      value ^= byte;
      for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0x82f63b78 : 0);
    }
    return ~value >>> 0;
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat({ max: 9 }), (bytes, from) => {
      const part = bytes.subarray(from);
      expect(crc32c(part)).toBe(model(part));
    }),
  );
});
