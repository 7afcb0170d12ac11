import { join } from "node:path";
import { expect, test } from "vitest";
import { pageAssets } from "../../../tools/browser/page_assets.ts";

// What the package carries of the page is made of the sources in src/picture/page: here,
// and written anew with `--update`. Whoever changes the one and forgets the other hears of it.

const folder = join(import.meta.dirname, "../src/picture");

test("the package carries the page that its sources make, in at most 40 kB", async () => {
  const { script, style, text } = await pageAssets(join(folder, "page"));
  expect(script.length + style.length).toBeLessThan(40_000);
  // Nothing in them ends the element that they lie in, or begins a comment there.
  expect(script).not.toMatch(/<\/script|<!--/i);
  expect(style).not.toMatch(/<\/style/i);
  await expect(text).toMatchFileSnapshot(join(folder, "page_assets.ts"));
});
