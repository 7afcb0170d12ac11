// What a stranger may show of itself, and what is made of it.

import { encodeCursor, type Value } from "@holdfast/doc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  peerNameCharsMax,
  peerSelection,
  presenceValue,
  readPeer,
} from "../../src/codemirror/peer_presence.ts";
import { isColor, plainColor, readableColor } from "../../src/codemirror/readable_color.ts";
import { openHandle } from "./editors.ts";

async function annsValue(name = "Ann"): Promise<Value> {
  const handle = await openHandle();
  const text = handle.doc.text("body");
  handle.change(() => text.insert(0, "some words"));
  return presenceValue({ name, color: "#d33682" }, "body", peerSelection(text, 2, 6));
}

describe("what a peer shows", () => {
  test("comes back as it was", async () => {
    const peer = readPeer(await annsValue(), "body")!;
    expect(peer).toMatchObject({ name: "Ann", color: "#d33682", colorLight: "#d33682" });
    expect(peer.selection.anchor.unit!.seq).toBe(1);
    expect(peer.selection.head.unit!.seq).toBe(5);
    expect(readPeer(await annsValue(), "title")).toBeNull();
  });

  test("is nothing where it makes no sense, whatever it is", async () => {
    const whole = (await annsValue()) as Record<string, Value>;
    const selection = whole.selection as Record<string, Value>;
    const odd: fc.Arbitrary<Value> = fc.oneof(
      fc.constantFrom<Value>(null, true, 7, "x", []),
      fc.uint8Array({ maxLength: 30 }),
      fc.dictionary(fc.string(), fc.string()),
    );
    fc.assert(
      fc.property(odd, fc.constantFrom("text", "anchor", "head"), (value, key) => {
        expect(readPeer(value, "body")).toBeNull();
        expect(readPeer({ ...whole, selection: value }, "body")).toBeNull();
        const peer = readPeer({ ...whole, selection: { ...selection, [key]: value } }, "body");
        // A cursor is a few bytes, and bytes at random may be one.
        if (peer !== null) expect(encodeCursor(peer.selection.anchor).length).toBeLessThan(26);
        if (key === "text") expect(peer).toBeNull();
      }),
    );
  });

  test("has a short name of one line, and a colour that is one", async () => {
    const long = (await annsValue("  a\u202eb\n\u0000c ".padEnd(200, "😀"))) as Record<
      string,
      Value
    >;
    const { name } = readPeer(long, "body")!;
    expect([...name]).toHaveLength(peerNameCharsMax);
    expect(name).toMatch(/^a b c/);
    for (const color of ["red", "#fff", "#12345g", "#123456;", 7, null, "url(#123456)"]) {
      expect(readPeer({ ...long, color, colorLight: color }, "body")).toMatchObject({
        color: plainColor,
        colorLight: plainColor,
      });
    }
    expect(readPeer({ ...long, name: 7 }, "body")!.name).toBe("");
  });
});

test("any colour can be read on white, under white, and on dark", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffff }), (number) => {
      const color = readableColor(`#${number.toString(16).padStart(6, "0")}`);
      expect(isColor(color)).toBe(true);
      expect(contrast(color, "#ffffff")).toBeGreaterThan(4.4);
      expect(contrast(color, "#1e1e1e")).toBeGreaterThan(2.8);
    }),
    { examples: [[0], [0xffffff], [0xffff00], [0x0000ff]] },
  );
});

// WCAG 2.2, "contrast ratio".
function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
