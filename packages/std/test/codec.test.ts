import { crc32c, isHoldfastError, Reader, toHex, Writer } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

type Piece =
  | { readonly type: "u8" | "u32" | "uint"; readonly value: number }
  | { readonly type: "blob"; readonly value: Uint8Array }
  | { readonly type: "text"; readonly value: string };

const pieces: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({ type: fc.constant("u8" as const), value: fc.nat(255) }),
  fc.record({ type: fc.constant("u32" as const), value: fc.nat(2 ** 32 - 1) }),
  fc.record({
    type: fc.constant("uint" as const),
    value: fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constant(Number.MAX_SAFE_INTEGER)),
  }),
  fc.record({ type: fc.constant("blob" as const), value: fc.uint8Array({ maxLength: 200 }) }),
  fc.record({ type: fc.constant("text" as const), value: fc.string({ unit: "binary" }) }),
);

function write(writer: Writer, piece: Piece): void {
  if (piece.type === "blob") writer.blob(piece.value);
  else if (piece.type === "text") writer.text(piece.value);
  else writer[piece.type](piece.value);
}

function read(reader: Reader, type: Piece["type"]): Piece["value"] {
  if (type === "blob") return reader.blob("piece", 1000);
  if (type === "text") return reader.text("piece", 1000);
  return reader[type]("piece");
}

function error(code: string) {
  return expect.objectContaining({ name: "HoldfastError", code });
}

describe("Writer and Reader", () => {
  test("a checksum is that of all before it", () => {
    const writer = new Writer(2).text("short").text("wörd").text("long".repeat(50));
    const body = writer.view().slice();
    const bytes = writer.finishWithChecksum();
    expect(bytes.subarray(0, body.length)).toEqual(body);
    expect(new Reader(bytes.subarray(body.length)).u32("checksum")).toBe(crc32c(body));
  });

  test("any sequence of pieces comes back", () => {
    fc.assert(
      fc.property(fc.array(pieces), (list) => {
        const writer = new Writer(1);
        for (const piece of list) write(writer, piece);
        expect(writer.finish()).toHaveLength(writer.sizeBytes);
        const reader = new Reader(writer.finish());
        for (const piece of list) expect(read(reader, piece.type)).toEqual(piece.value);
        expect(reader.peek()).toBeUndefined();
        reader.end("the list");
      }),
    );
  });

  test("so many bytes are passed over, and no more than there are", () => {
    const reader = new Reader(Uint8Array.of(1, 2, 3));
    reader.skip(2, "piece");
    expect(reader.u8("piece")).toBe(3);
    expect(() => reader.skip(1, "piece")).toThrowError(error("truncated"));
  });

  test("any prefix of it is refused as truncated, in the piece where it ends", () => {
    fc.assert(
      fc.property(pieces, fc.nat(), (piece, cut) => {
        const writer = new Writer();
        write(writer, piece);
        const whole = writer.finish();
        const reader = new Reader(whole.subarray(0, cut % whole.length));
        expect(() => read(reader, piece.type)).toThrowError(error("truncated"));
      }),
    );
  });

  test("arbitrary bytes give a value or a typed error, and never move past the end", () => {
    const types = fc.constantFrom("u8", "u32", "uint", "blob", "text") as fc.Arbitrary<
      Piece["type"]
    >;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(types), (bytes, list) => {
        const reader = new Reader(bytes);
        try {
          for (const type of list) read(reader, type);
        } catch (problem) {
          expect(isHoldfastError(problem, "truncated", "corrupt", "too_large")).toBe(true);
        }
        expect(reader.offset).toBeLessThanOrEqual(bytes.length);
        expect(reader.offset + reader.remaining).toBe(bytes.length);
      }),
      { numRuns: 5000 },
    );
  });

  test("finish gives a copy", () => {
    const writer = new Writer().u8(1);
    const first = writer.finish();
    writer.u8(2);
    first[0] = 9;
    expect(toHex(writer.finish())).toBe("0102");
  });
});

describe("uint", () => {
  test.each([
    [0, "00"],
    [127, "7f"],
    [128, "8001"],
    [16_384, "808001"],
    [2 ** 32, "8080808010"],
    [Number.MAX_SAFE_INTEGER, "ffffffffffffff0f"],
  ])("%d is written as %s", (value, hex) => {
    expect(toHex(new Writer().uint(value).finish())).toBe(hex);
  });

  test.each([[-1], [0.5], [2 ** 53], [Number.NaN]])("%d can't be written", (value) => {
    expect(() => new Writer().uint(value)).toThrowError(error("invalid_argument"));
  });

  test.each([
    ["a longer form of 0", [0x80, 0x00], "corrupt"],
    ["a longer form of 1", [0x81, 0x80, 0x00], "corrupt"],
    ["2^53", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10], "corrupt"],
    ["nine bytes", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], "corrupt"],
    ["more to come", [0x80], "truncated"],
    ["nothing", [], "truncated"],
  ])("%s is refused", (_name, bytes, code) => {
    expect(() => new Reader(Uint8Array.from(bytes)).uint("n")).toThrowError(error(code));
  });

  test("a value over the caller's limit is too large, the limit itself is not", () => {
    expect(new Reader(Uint8Array.of(5)).uint("n", 5)).toBe(5);
    expect(() => new Reader(Uint8Array.of(6)).uint("n", 5)).toThrowError(error("too_large"));
  });
});

describe("count", () => {
  test("is at most what could follow", () => {
    expect(new Reader(Uint8Array.of(2, 0, 0, 0, 0)).count("n", 9, 2)).toBe(2);
    expect(() => new Reader(Uint8Array.of(2, 0, 0, 0)).count("n", 9, 2)).toThrowError(
      error("truncated"),
    );
    expect(() => new Reader(Uint8Array.of(10)).count("n", 9)).toThrowError(error("too_large"));
  });
});

describe("errors", () => {
  test("name the field", () => {
    expect(() => new Reader(Uint8Array.of(3, 1)).blob("signature", 10)).toThrowError(/signature/);
    expect(() => new Reader(Uint8Array.of(1, 0xff)).text("name", 10)).toThrowError(
      error("corrupt"),
    );
    expect(() => new Reader(Uint8Array.of(1)).end("frame")).toThrowError(/frame has 1 bytes/);
  });
});
