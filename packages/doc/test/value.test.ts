// Values: one encoding each, and nothing else is read.

import {
  decodeValue,
  encodeValue,
  type Value,
  valueDepthMax,
  valueSizeBytesMax,
} from "@holdfast/doc";
import { isHoldfastError, isWellFormed, Reader, toHex, Writer } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkValue } from "../src/content/value.ts";

const texts = fc.string({ unit: "binary" }).filter(isWellFormed);
const { value: values } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    texts,
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(texts, tie("value"), { maxKeys: 4 }),
  ),
}));

function codeOf(fn: () => void): string {
  try {
    fn();
  } catch (error) {
    if (isHoldfastError(error)) return error.code;
    throw error;
  }
  return "none";
}

describe("values", () => {
  test("come back from their bytes", () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encodeValue(value);
        const back = decodeValue(bytes);
        expect(back).toStrictEqual(structuredClone(value));
        expect(encodeValue(back)).toEqual(bytes);
      }),
    );
  });

  test("have one encoding, whatever the order of keys", () => {
    expect(encodeValue({ a: 1, b: 2 })).toEqual(encodeValue({ b: 2, a: 1 }));
    expect(toHex(encodeValue([0, -0, 1.5]))).toBe(
      "0803030005800000000000000005" + "3ff8000000000000",
    );
  });

  test("a key of any name is only a key", () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}}') as Value;
    const back = decodeValue(encodeValue(value));
    expect(Object.keys(back as object)).toEqual(["__proto__"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("whatever bytes decode, encode to the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        let value: Value;
        try {
          value = decodeValue(bytes);
        } catch (error) {
          expect(isHoldfastError(error)).toBe(true);
          return;
        }
        expect(encodeValue(value)).toEqual(bytes);
      }),
      { numRuns: 5000 },
    );
  });

  test("are passed over where they are read, and refused where they are not", () => {
    const inputs = fc.oneof(
      values.map(encodeValue),
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(values, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
        const bytes = encodeValue(value);
        bytes[at % bytes.length] = byte;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(inputs, (bytes) => {
        const whole = new Writer().raw(bytes).u8(1).finish();
        const reader = new Reader(whole, bytes.length);
        const passed = codeOf(() => checkValue(reader));
        const read = codeOf(() => void decodeValue(bytes));
        // What stands behind a value is for others to know.
        const isFollowed = passed === "none" && reader.remaining > 0;
        expect(isFollowed ? "corrupt" : passed).toBe(read);
        if (isFollowed) decodeValue(bytes.subarray(0, reader.offset));
      }),
      { numRuns: 1_000 },
    );
  });

  test("what is no value, too deep or too large is refused", () => {
    const deep = (depth: number): Value => (depth === 0 ? null : [deep(depth - 1)]);
    expect(codeOf(() => encodeValue(deep(valueDepthMax)))).toBe("none");
    expect(codeOf(() => encodeValue(deep(valueDepthMax + 1)))).toBe("too_large");
    expect(codeOf(() => encodeValue("x".repeat(valueSizeBytesMax)))).toBe("too_large");
    expect(codeOf(() => encodeValue("\ud800"))).toBe("invalid_argument");
    for (const bad of [
      undefined,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      () => 0,
      new Date(0),
      [undefined],
    ]) {
      expect(codeOf(() => encodeValue(bad as unknown as Value))).toBe("invalid_argument");
    }
  });
});
