import {
  compareBytes,
  concatBytes,
  copyUnits,
  decodeUtf8,
  encodeUtf8,
  equalBytes,
  fromHex,
  isWellFormed,
  toHex,
  utf8SizeBytes,
} from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const bytes = fc.uint8Array({ maxLength: 8 });

describe("compareBytes", () => {
  test("orders as Node's Buffer does", () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
        expect(compareBytes(a, a.slice())).toBe(0);
      }),
    );
  });

  test("puts a prefix first", () => {
    expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBeLessThan(0);
  });
});

test("concatBytes joins in order", () => {
  fc.assert(
    fc.property(fc.array(bytes), (parts) => {
      expect(Buffer.from(concatBytes(parts))).toEqual(Buffer.concat(parts));
    }),
  );
});

describe("hexadecimal", () => {
  test("comes back, and looks as Node's does", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toHex(value)).toBe(Buffer.from(value).toString("hex"));
        expect(fromHex(toHex(value))).toEqual(value);
      }),
    );
  });

  test("is put together from groups without a seam", () => {
    for (let size = 0; size < 70; size += 1) {
      const value = Uint8Array.from({ length: size }, (_, index) => (index * 37 + size) % 256);
      expect(toHex(value)).toBe(Buffer.from(value).toString("hex"));
    }
  });

  test.each([["a"], ["AB"], ["0g"], [" 0"], ["0x"]])("%j is refused", (text) => {
    expect(() => fromHex(text)).toThrowError(expect.objectContaining({ code: "invalid_argument" }));
  });
});

describe("text", () => {
  test("comes back when it is well formed, a byte order mark too", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(isWellFormed(text)).toBe(true);
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
    );
    expect(decodeUtf8(encodeUtf8("\ufeffa"))).toBe("\ufeffa");
  });

  test("isWellFormed finds half a surrogate pair anywhere", () => {
    const units = fc.array(fc.constantFrom(0x61, 0xd83d, 0xde00, 0xd800, 0xdfff, 0xffff));
    fc.assert(
      fc.property(units, (list) => {
        const text = String.fromCharCode(...list);
        const lost = [...text].some((c) => /^[\ud800-\udfff]$/.test(c));
        expect(isWellFormed(text)).toBe(!lost);
      }),
    );
  });

  test.each([[[0xff]], [[0xc3]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]]])(
    "bytes %j are not UTF-8",
    (list) => {
      expect(() => decodeUtf8(Uint8Array.from(list))).toThrowError(
        expect.objectContaining({ code: "corrupt" }),
      );
    },
  );
});

test("copyUnits copies every unit, and notices halves of pairs, in long and short texts", () => {
  const piece = fc.oneof(
    fc.constantFrom("a".repeat(65), "b".repeat(5_000), "é".repeat(70), "😀".repeat(40), "\udc00"),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 4 }),
      fc.nat(),
      fc.nat(),
      fc.nat(3),
      (parts, a, b, at) => {
        const text = parts.join("");
        const [from, to] = [a, b].map((n) => n % (text.length + 1)).sort((x, y) => x - y);
        const copied = text.slice(from, to);
        const units = new Uint16Array(at + copied.length + 1);
        expect(copyUnits(text, from!, to!, units, at)).toBe(/[\ud800-\udfff]/.test(copied));
        const found = Array.from(units.subarray(at, at + copied.length));
        expect(found.every((unit, index) => unit === copied.charCodeAt(index))).toBe(true);
        expect(units.subarray(0, at).every((unit) => unit === 0)).toBe(true);
        expect(units[at + copied.length]).toBe(0);
      },
    ),
  );
});

describe("utf8SizeBytes", () => {
  test("is what encodeUtf8 gives, halves of pairs included, and decodeUtf8 reads it back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.nat(0xffff)), (text, units) => {
        expect(utf8SizeBytes(text)).toBe(encodeUtf8(text).length);
        const odd = String.fromCharCode(...units);
        expect(utf8SizeBytes(odd)).toBe(encodeUtf8(odd).length);
        if (isWellFormed(text)) expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
    );
  });
});
