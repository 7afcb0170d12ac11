// The rope and the content log against strings.

import fc from "fast-check";
import { expect, test } from "vitest";
import { ContentLog } from "../src/content_log.ts";
import { Rope } from "../src/rope.ts";

// Long enough to cut pieces and groups: 64 pieces of 512 units make a group.
const texts = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 3 }), fc.nat(40_000))
    .map(([text, n]) => text.repeat(n)),
);

const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    deleted: fc.nat(60_000),
    text: texts,
  }),
  { maxLength: 12 },
);

test("a rope reads as the string that had the same edits", () => {
  fc.assert(
    fc.property(edits, (list) => {
      const rope = new Rope();
      let model = "";
      for (const edit of list) {
        const at = Math.floor(edit.at * model.length);
        const deleted = Math.min(edit.deleted, model.length - at);
        expect(rope.delete(at, deleted)).toBe(model.slice(at, at + deleted));
        model = model.slice(0, at) + model.slice(at + deleted);
        rope.insert(at, edit.text);
        model = model.slice(0, at) + edit.text + model.slice(at);
        expect(rope.length).toBe(model.length);
        expect(rope.toString()).toBe(model);
        const to = Math.min(model.length, at + 2000);
        expect(rope.slice(at, to)).toBe(model.slice(at, to));
        if (at < model.length) expect(rope.unit(at)).toBe(model.charCodeAt(at));
      }
    }),
    { numRuns: 60 },
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
