import {
  compareBytes,
  isHoldfastError,
  type KeyPart,
  keyPartsMax,
  keyRange,
  packKey,
  successor,
  toHex,
  unpackKey,
} from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const interesting = [0, 1, -1, 255, 256, -255, -256, 65535, 65536, 2 ** 32, -(2 ** 32)];
const integers = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 300 }),
  fc.constantFrom(...interesting, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
// Few different bytes, many of them those that the encoding treats apart.
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  fc
    .array(fc.constantFrom(0, 1, 2, 0x18, 0x20, 0xfe, 0xff), { maxLength: 5 })
    .map((list) => Uint8Array.from(list)),
);
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.string({ unit: fc.constantFrom("\0", "\u0001", "a", "é", "\uffff", "😀"), maxLength: 4 }),
);
const parts: fc.Arbitrary<KeyPart> = fc.oneof(
  integers,
  bytes,
  texts,
  fc.boolean(),
  fc.constant(null),
);
const tuples = fc.array(parts, { maxLength: 4 });

describe("packKey", () => {
  test("T1: the bytes sort as the tuples do", () => {
    const pairs = fc.oneof(
      fc.tuple(tuples, tuples),
      fc.tuple(tuples, tuples, tuples).map(([head, a, b]) => [
        [...head, ...a],
        [...head, ...b],
      ]),
    ) as fc.Arbitrary<[KeyPart[], KeyPart[]]>;
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(Math.sign(compareBytes(packKey(a), packKey(b)))).toBe(Math.sign(compare(a, b)));
      }),
      { numRuns: 5000 },
    );
  });

  test("T2: reading gives back what was written", () => {
    fc.assert(
      fc.property(tuples, (tuple) => {
        expect(unpackKey(packKey(tuple))).toEqual(tuple);
      }),
      { numRuns: 2000 },
    );
  });

  test("T2: bytes that are read are the only encoding of what they say", () => {
    const codes = fc.constantFrom(0, 1, 2, 3, 0x11, 0x17, 0x18, 0x19, 0x1a, 0x1f, 0x20, 0x21, 0xff);
    const noise = fc
      .array(fc.oneof(codes, fc.nat(255)), { maxLength: 12 })
      .map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(noise, (key) => {
        let tuple: KeyPart[];
        try {
          tuple = unpackKey(key);
        } catch (error) {
          expect(isHoldfastError(error, "corrupt", "truncated", "too_large")).toBe(true);
          return;
        }
        expect(packKey(tuple)).toEqual(key);
      }),
      { numRuns: 20_000 },
    );
  });

  test("the layout is as documented", () => {
    const hex = (...tuple: KeyPart[]) => toHex(packKey(tuple));
    expect(hex()).toBe("");
    expect(hex(null, false, true)).toBe("012021");
    expect(hex(Uint8Array.of(1, 0, 2))).toBe("020100ff0200");
    expect(hex("a\0", "")).toBe("036100ff000300");
    expect(hex(0, 1, -1)).toBe("18190117fe");
    expect(hex(256, -256)).toBe("1a010016feff");
    expect(hex(Number.MAX_SAFE_INTEGER)).toBe("1f1fffffffffffff");
    expect(hex(Number.MIN_SAFE_INTEGER)).toBe("11e0000000000000");
  });

  test("-0 becomes 0", () => {
    expect(Object.is(unpackKey(packKey([-0]))[0], 0)).toBe(true);
  });

  test.each([[1.5], [Number.NaN], [2 ** 53], [Number.POSITIVE_INFINITY], ["\ud800"]])(
    "%j is refused",
    (part) => {
      expect(() => packKey([part])).toThrowError(
        expect.objectContaining({ code: "invalid_argument" }),
      );
    },
  );

  test("the number of parts is limited, both ways", () => {
    const most = new Array<KeyPart>(keyPartsMax).fill(null);
    expect(unpackKey(packKey(most))).toEqual(most);
    const tooLarge = expect.objectContaining({ code: "too_large" });
    expect(() => packKey([...most, null])).toThrowError(tooLarge);
    expect(() => unpackKey(new Uint8Array(keyPartsMax + 1).fill(1))).toThrowError(tooLarge);
  });
});

describe("unpackKey", () => {
  test.each([
    ["unknown type", [0x04], "corrupt"],
    ["text without an end", [0x03, 0x61], "truncated"],
    ["text that is not UTF-8", [0x03, 0xc3, 0x00], "corrupt"],
    ["integer that lacks bytes", [0x1a, 0x01], "truncated"],
    ["integer in a longer form", [0x1a, 0x00, 0x01], "corrupt"],
    ["integer over 2^53 - 1", [0x1f, 0x20, 0, 0, 0, 0, 0, 0], "corrupt"],
    ["integer under -(2^53 - 1)", [0x11, 0xdf, 255, 255, 255, 255, 255, 255], "corrupt"],
  ])("refuses %s", (_name, key, code) => {
    expect(() => unpackKey(Uint8Array.from(key))).toThrowError(expect.objectContaining({ code }));
  });
});

describe("keyRange", () => {
  test("T3: holds exactly the keys that extend the prefix", () => {
    fc.assert(
      fc.property(tuples, tuples, fc.boolean(), (prefix, other, extend) => {
        const tuple = extend ? [...prefix, ...other] : other;
        const key = packKey(tuple);
        const range = keyRange(prefix);
        const inside = compareBytes(range.start, key) <= 0 && compareBytes(key, range.end) < 0;
        const extendsIt =
          tuple.length > prefix.length && compare(tuple.slice(0, prefix.length), prefix) === 0;
        expect(inside).toBe(extendsIt);
      }),
      { numRuns: 3000 },
    );
  });
});

test("successor is the next byte string", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const next = successor(a);
      expect(compareBytes(a, next)).toBeLessThan(0);
      if (compareBytes(a, b) < 0) expect(compareBytes(next, b)).toBeLessThanOrEqual(0);
    }),
  );
});

/** The order that T1 promises, written without regard to bytes. */
function compare(a: readonly KeyPart[], b: readonly KeyPart[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = comparePart(a[index]!, b[index]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function comparePart(a: KeyPart, b: KeyPart): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (typeof a === "number") return a - (b as number);
  if (typeof a === "string") return compareList([...a].map(point), [...(b as string)].map(point));
  if (a instanceof Uint8Array) return compareList([...a], [...(b as Uint8Array)]);
  return 0;
}

function rankOf(part: KeyPart): number {
  if (part === null) return 0;
  if (part instanceof Uint8Array) return 1;
  if (typeof part === "string") return 2;
  if (typeof part === "number") return 3;
  return part ? 5 : 4;
}

function point(character: string): number {
  return character.codePointAt(0)!;
}

function compareList(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    if (a[index] !== b[index]) return a[index]! - b[index]!;
  }
  return a.length - b.length;
}
