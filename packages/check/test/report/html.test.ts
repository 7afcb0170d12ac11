// Texts and data inside of HTML.

import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeHtml, scriptJson } from "../../src/report/html.ts";

test("no text is markup, nor ends an attribute in whatever quotes", () => {
  expect(escapeHtml(`<a b="c" d='e'>&amp;\``)).toBe(
    "&#60;a b=&#34;c&#34; d=&#39;e&#39;&#62;&#38;amp;&#96;",
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(escapeHtml(text)).not.toMatch(/[<>"'`\p{Cc}\u2028-\u202e]|&(?!#\d+;)/u);
    }),
  );
});

test("a long text is cut before it is escaped", () => {
  expect(escapeHtml("<".repeat(10), 3)).toBe("&#60;&#60;&#60;…");
});

test("data come back as they were, and hold nothing that ends a script", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom("</script>", "<!--", "\u2028"), (value, end) => {
      const text = scriptJson([value, end]);
      expect(text).not.toMatch(/[<>&\u2028\u2029]/);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify([value, end])));
    }),
  );
});
