// Bits, numbers, bytes and copies: what is written is read, and little stands for much
// nowhere.

import { equalBytes, isHoldfastError, SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BitDecoder, BitEncoder } from "../../src/file/bit_coder.ts";
import { decodeContent, encodeContent } from "../../src/file/content_columns.ts";
import { findCopies } from "../../src/file/copies.ts";
import {
  BlobModel,
  ByteModel,
  NumberModel,
  unzigzag,
  zigzag,
} from "../../src/file/number_model.ts";
import { decodeOmitted, encodeOmitted, omittedUnitsMax } from "../../src/file/omitted_text.ts";
import { decodeTextBlock, encodeTextBlock } from "../../src/file/text_block.ts";

const numberMax = 2 ** 33 - 1;
const numberArbitrary = fc.oneof(
  fc.nat({ max: 20 }),
  fc.nat({ max: 5_000 }),
  fc.constantFrom(0, 15, 16, 31, 32, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, numberMax),
  fc.maxSafeNat().map((value) => value % (numberMax + 1)),
);

describe("numbers", () => {
  test("are read as they were written, whatever their contexts", () => {
    const oneArbitrary = fc.record({ context: fc.nat({ max: 70 }), value: numberArbitrary });
    fc.assert(
      fc.property(fc.array(oneArbitrary, { maxLength: 300, size: "max" }), (all) => {
        const encoder = new BitEncoder();
        const written = new NumberModel(encoder);
        for (const { context, value } of all) expect(written.code(context, value)).toBe(value);
        const bytes = encoder.finish();
        const decoder = new BitDecoder(bytes);
        const read = new NumberModel(decoder);
        for (const { context, value } of all) expect(read.code(context, 0)).toBe(value);
        decoder.end();
      }),
      { numRuns: 100 },
    );
  });

  test("zigzag and back", () => {
    for (const value of [0, -1, 1, -2, 2, 2 ** 31 - 1, -(2 ** 32)]) {
      expect(unzigzag(zigzag(value))).toBe(value);
    }
    expect([0, -1, 1, -2].map(zigzag)).toEqual([0, 1, 2, 3]);
  });

  test("beyond what a number can be are refused", () => {
    // All bits a 1: the symbol 63.
    const encoder = new BitEncoder();
    encoder.tree(encoder.places(64), encoder.places(64), 6, 63);
    const read = new NumberModel(new BitDecoder(encoder.finish()));
    expect(() => read.code(0, 0)).toThrow(/too large/);
  });
});

describe("bits", () => {
  const runs: readonly (readonly [name: string, bit: (at: number) => number])[] = [
    ["ones", () => 1],
    ["zeros", () => 0],
    ["ones, then zeros", (at) => (at < 5_000 ? 1 : 0)],
    ["by turns", (at) => at % 2],
  ];
  test.each(runs)("F1: %s take their bytes, and end where they end", (_, bit) => {
    const count = 10_000;
    const encoder = new BitEncoder();
    const place = encoder.places(1);
    for (let at = 0; at < count; at += 1) encoder.bit(place, bit(at));
    const bytes = encoder.finish();
    expect(count).toBeLessThanOrEqual(360 * (bytes.length + 8));
    const decoder = new BitDecoder(bytes);
    for (let at = 0; at < count; at += 1) {
      if (decoder.bit(place) !== bit(at)) throw new Error(`bit ${at} is another`);
    }
    decoder.end();
    const longer = new BitDecoder(new Uint8Array([...bytes, 1, 1, 1, 1, 1]));
    for (let at = 0; at < count; at += 1) longer.bit(place);
    expect(() => longer.end()).toThrow(/end before/);
  });

  test("F1: nobody reads on for ever", () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(10), new Uint8Array(10).fill(0x7f)]) {
      const decoder = new BitDecoder(bytes);
      const place = decoder.places(1);
      const read = (): void => {
        for (let count = 0; count < 360 * (bytes.length + 8); count += 1) decoder.bit(place);
      };
      expect(read).toThrow(/too early/);
      const model = new ByteModel(new BitDecoder(bytes));
      const readBytes = (): void => {
        for (let count = 0; count < 45 * (bytes.length + 8); count += 1) model.code(0);
      };
      expect(readBytes).toThrow(/too early/);
    }
  });

  test("that lie outside of their range are refused", () => {
    expect(() => new BitDecoder(new Uint8Array([0x7f, 255, 255, 255]))).toThrow(/outside/);
    const decoder = new BitDecoder(new Uint8Array([0x7f, 255, 255, 254]));
    expect(() => decoder.plain(12)).toThrow(/outside/);
  });

  test("carries go as far as they must", () => {
    // Plain values at the upper edge of the range drive the low end up to a byte's edge.
    const random = new SeededRandom(5);
    for (let round = 0; round < 200; round += 1) {
      const values = Array.from({ length: 60 }, () =>
        random.next() < 0.8 ? 4_095 : Math.floor(random.next() * 4_096),
      );
      const encoder = new BitEncoder();
      for (const value of values) encoder.plain(12, value);
      const decoder = new BitDecoder(encoder.finish());
      expect(values.map(() => decoder.plain(12))).toEqual(values);
      decoder.end();
    }
  });

  test("pieces of bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
        const encoder = new BitEncoder();
        const written = new BlobModel(encoder);
        for (const piece of pieces) written.encode(piece);
        const decoder = new BitDecoder(encoder.finish());
        const read = new BlobModel(decoder);
        for (const piece of pieces) expect(read.decode(40)).toEqual(piece);
        decoder.end();
      }),
    );
  });
});

// Bytes that repeat themselves, as text does.
const repetitiveArbitrary = fc
  .array(
    fc.oneof(
      fc.constantFrom("the same again, ", "ab", "\n    return ", "é😀", "a".repeat(700)),
      fc.string({ maxLength: 30 }),
    ),
    { maxLength: 60, size: "max" },
  )
  .map((pieces) => new Uint8Array(Buffer.from(pieces.join(""))));

function allowed(error: unknown): boolean {
  return isHoldfastError(error, "corrupt", "truncated", "too_large");
}

test("no more units are left out than a reader keeps places for", () => {
  const coded = (units: number): BitDecoder => {
    const coder = new BitEncoder();
    encodeOmitted(coder, [
      { before: 0, units: 1 },
      { before: 1, units },
    ]);
    return new BitDecoder(coder.finish());
  };
  expect(decodeOmitted(coded(omittedUnitsMax - 1))).toHaveLength(2);
  expect(() => decodeOmitted(coded(omittedUnitsMax))).toThrow(/more units/);
  expect(() => decodeOmitted(coded(0))).toThrow(/empty/);
});

describe("copies", () => {
  test("reproduce the bytes, and stay within their bounds", () => {
    fc.assert(
      fc.property(repetitiveArbitrary, fc.nat({ max: 300 }), (bytes, start) => {
        const search = { start, lengthMin: 8, onwardLengthMin: 4, reachMax: 500 };
        const from = Math.min(start, bytes.length);
        const made = [...bytes.subarray(0, from)];
        for (const { literals, length, source } of findCopies(bytes, { ...search, start: from })) {
          made.push(...bytes.subarray(made.length, made.length + literals));
          expect(length).toBeGreaterThanOrEqual(4);
          expect(made.length - source).toBeLessThanOrEqual(500);
          for (let index = 0; index < length; index += 1) made.push(made[source + index]!);
        }
        made.push(...bytes.subarray(made.length));
        expect(Uint8Array.from(made)).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });
});

describe("cached text", () => {
  test("is read as it was written, and takes at least a 255th", () => {
    fc.assert(
      fc.property(repetitiveArbitrary, (bytes) => {
        const block = encodeTextBlock(bytes);
        expect(decodeTextBlock(block)).toEqual(bytes);
        expect(bytes.length).toBeLessThanOrEqual(255 * block.length);
      }),
      { numRuns: 60 },
    );
  });

  test("reaches back over more than 65,535 bytes, and stands for many", () => {
    const far = new SeededRandom(1).bytes(70_000);
    const bytes = new Uint8Array([...far, ...far.subarray(0, 5_000), ...new Uint8Array(100_000)]);
    const block = encodeTextBlock(bytes);
    expect(block.length).toBeLessThan(71_000);
    expect(equalBytes(decodeTextBlock(block), bytes)).toBe(true);
  });

  test("copies nothing from before its beginning, and nothing from nowhere", () => {
    const literals = [0x61, 0x62, 0x63];
    const copyBack = (back: number): Uint8Array =>
      new Uint8Array([9, 3, 3, back & 255, back >> 8, ...literals]);
    expect(decodeTextBlock(copyBack(3))).toEqual(new Uint8Array(Buffer.from("abcabcabc")));
    for (const back of [0, 4, 9, 65_535]) {
      expect(() => decodeTextBlock(copyBack(back))).toThrow(/not there/);
    }
  });

  test("of garbage is refused, and never longer than it may be", () => {
    const valid = encodeTextBlock(
      new Uint8Array(Buffer.from("again and again and again, and once more: again and again")),
    );
    let read = 0;
    for (let seed = 0; seed < 4_000; seed += 1) {
      const random = new SeededRandom(seed);
      const block = valid.slice();
      for (let count = 0; count < 1 + (seed % 3); count += 1) {
        block[Math.floor(random.next() * block.length)] = random.bytes(1)[0]!;
      }
      try {
        expect(decodeTextBlock(block).length).toBeLessThanOrEqual(255 * block.length);
        read += 1;
      } catch (error) {
        if (!allowed(error)) throw new Error(`seed ${seed}`, { cause: error });
      }
    }
    expect(read).toBeGreaterThan(100);
    expect(read).toBeLessThan(3_900);
  });
});

describe("inserted text", () => {
  const baseArbitrary = fc.tuple(repetitiveArbitrary, repetitiveArbitrary, fc.boolean());
  test("is read as it was written, with copies and without", () => {
    fc.assert(
      fc.property(baseArbitrary, ([base, content, isPlain]) => {
        const encoder = new BitEncoder();
        encodeContent(encoder, base, content, isPlain);
        const decoder = new BitDecoder(encoder.finish());
        expect(decodeContent(decoder, base, content.length)).toEqual(content);
        decoder.end();
      }),
      { numRuns: 60 },
    );
  });

  test("copies nothing from where nothing is yet", () => {
    const copyFrom = (source: number): BitDecoder => {
      const coder = new BitEncoder();
      const [literals, length, from] = [0, 1, 2].map(() => new NumberModel(coder));
      const byte = new ByteModel(coder);
      literals!.code(0, 1);
      byte.code(0x61);
      length!.code(1, 0);
      from!.code(0, zigzag(source));
      return new BitDecoder(coder.finish());
    };
    const base = new Uint8Array([0x62]);
    expect(decodeContent(copyFrom(0), base, 5)).toEqual(new Uint8Array(Buffer.from("ababa")));
    for (const source of [-1, 2, 3, 2 ** 31]) {
      expect(() => decodeContent(copyFrom(source), base, 5)).toThrow(/not there/);
    }
  });

  test("that is all in the base costs next to nothing", () => {
    const base = new SeededRandom(2).bytes(3_000);
    const encoder = new BitEncoder();
    encodeContent(encoder, base, base.slice(500), false);
    expect(encoder.finish().length).toBeLessThan(30);
  });
});
