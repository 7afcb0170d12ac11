// The text buffer and the content log against strings.

import { parseAgentId } from "@holdfast/causality";
import { Doc, parseDocumentId } from "@holdfast/doc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ContentLog } from "../src/content/content_log.ts";
import { TextBuffer } from "../src/state/text_buffer.ts";

// Long enough to cut chunks and groups: 64 chunks of 2,048 to 4,096 units make a group.
const texts = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 3 }), fc.nat(40_000))
    .map(([text, n]) => text.repeat(n)),
);

const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    deleted: fc.oneof(fc.nat(60_000), fc.nat(3)),
    text: texts,
    // Then so many small edits from there on, each a step away from the last one.
    steps: fc.array(fc.record({ by: fc.integer({ min: -40, max: 40 }), deleted: fc.nat(2) }), {
      maxLength: 30,
    }),
  }),
  { maxLength: 12 },
);

test("a text buffer reads as the string that had the same edits", () => {
  fc.assert(
    fc.property(texts, edits, (initial, list) => {
      const buffer = new TextBuffer(initial);
      let model = initial;
      const edit = (at: number, wanted: number, text: string): void => {
        const deleted = Math.min(wanted, model.length - at);
        expect(buffer.slice(at, at + deleted)).toBe(model.slice(at, at + deleted));
        buffer.delete(at, deleted);
        buffer.insert(at, text);
        model = model.slice(0, at) + text + model.slice(at + deleted);
      };
      for (const { at, deleted, text, steps } of list) {
        let place = Math.floor(at * model.length);
        edit(place, deleted, text);
        for (const step of steps) {
          place = Math.max(0, Math.min(model.length, place + step.by));
          edit(place, step.deleted, step.deleted === 2 ? "" : "abc");
        }
        expect(buffer.length).toBe(model.length);
        expect(buffer.toString()).toBe(model);
        const to = Math.min(model.length, place + 2000);
        expect(buffer.slice(place, to)).toBe(model.slice(place, to));
        if (place < model.length) expect(buffer.unit(place)).toBe(model.charCodeAt(place));
      }
    }),
    { numRuns: 100 },
  );
});

test("a text that is emptied a little at a time, from any end, is empty", () => {
  for (const from of [0, 0.4, 1]) {
    const buffer = new TextBuffer("0123456789".repeat(30_000));
    while (buffer.length > 0) {
      const length = Math.min(buffer.length, 777);
      buffer.delete(Math.floor((buffer.length - length) * from), length);
    }
    buffer.insert(0, "again");
    expect(buffer.toString()).toBe("again");
  }
});

test("positions in code points are those of the string", () => {
  const characters = fc.string({
    unit: fc.constantFrom("a", "\u00e9", "\u{1f600}"),
    maxLength: 40,
  });
  fc.assert(
    fc.property(characters, fc.boolean(), (text, isTyped) => {
      const doc = new Doc({ document: parseDocumentId("d"), agent: parseAgentId("0".repeat(32)) });
      const body = doc.text("body");
      if (isTyped) for (const character of text) body.insert(body.length, character);
      else body.insert(0, text);
      const points = [...text];
      for (let index = 0; index <= points.length; index += 1) {
        const unit = points.slice(0, index).join("").length;
        expect(body.codePointIndex(unit)).toBe(index);
        expect(body.unitIndex(index)).toBe(unit);
      }
      expect([body.unitIndex(-1), body.unitIndex(1_000)]).toEqual([0, text.length]);
      expect([body.codePointIndex(-1), body.codePointIndex(1_000)]).toEqual([0, points.length]);
    }),
  );
});

test("a content log reads as the strings that were appended", () => {
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 6 }), fc.nat(), (list, cut) => {
      const log = new ContentLog();
      let model = "";
      for (const text of list) {
        log.append(text);
        model += text;
      }
      expect(log.size).toBe(model.length);
      expect(log.slice(0, log.size)).toBe(model);
      const size = cut % (model.length + 1);
      log.truncate(size);
      log.append("end");
      expect(log.slice(0, log.size)).toBe(`${model.slice(0, size)}end`);
      expect(log.unit(size)).toBe("e".charCodeAt(0));
    }),
    { numRuns: 60 },
  );
});

test("a chunk that is joined to the last one of the group before is counted there", () => {
  let model = Array.from({ length: 70 * 256 }, (_, index) => String(index).padStart(8, "_")).join(
    "",
  );
  const buffer = new TextBuffer(model);
  const border = 64 * 2_048;
  for (const [at, length] of [
    [border - 1_200, 1_200],
    [border - 1_200, 1_200],
    [border - 1_200, 1],
  ] as const) {
    buffer.delete(at, length);
    model = model.slice(0, at) + model.slice(at + length);
  }
  expect(buffer.toString()).toBe(model);
  expect(buffer.unit(border)).toBe(model.charCodeAt(border));
});

// What the engine holds in typed arrays; garbage counts until it is collected.
function arrayBytes(act: () => unknown): number {
  const before = process.memoryUsage().arrayBuffers;
  const kept = act();
  const bytes = process.memoryUsage().arrayBuffers - before;
  expect(kept).not.toBeNull();
  return bytes;
}

test("edits at the edge of a full chunk make no chunk each", () => {
  for (const at of [4096, 4095, 4000, 3000]) {
    const buffer = new TextBuffer();
    for (let index = 0; index < 8_192; index += 1) buffer.insert(index, "x");
    const bytes = arrayBytes(() => {
      for (let count = 0; count < 2_000; count += 1) buffer.insert(at, "y");
      return buffer;
    });
    // Each chunk has 8 KiB.
    expect(bytes).toBeLessThan(400_000);
    expect(buffer.toString()).toBe(
      `${"x".repeat(at)}${"y".repeat(2_000)}${"x".repeat(8_192 - at)}`,
    );
  }
});
