import { createHash } from "node:crypto";
import { build } from "esbuild";
import { expect, test } from "vitest";

// What the package carries of the page is made of the sources in src/picture/page: here,
// and written anew with `--update`. Whoever changes the one and forgets the other hears of it.

const place = (path: string): string => new URL(path, import.meta.url).pathname;

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [place(`../src/picture/page/${entry}`)],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    conditions: ["@holdfast/source"],
    minify: true,
    logLevel: "silent",
  });
  return outputFiles[0]!.text.trim();
}

const hash = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

test("the package carries the page that its sources make, in at most 40 kB", async () => {
  const [script, style] = [await bundled("main.ts"), await bundled("style.css")];
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const text = `// The script and the style of the page, made of page/ by test/page_assets.test.ts, which
// says how to make it anew. Not to be changed by hand.

/** The program of the page. */
export const pageScript = ${JSON.stringify(script)};

/** Its style sheet. */
export const pageStyle = ${JSON.stringify(style)};

/** The Content-Security-Policy under which these two run, and nothing else. */
export const pagePolicy = ${JSON.stringify(policy)};
`;
  expect(script.length + style.length).toBeLessThan(40_000);
  // Nothing in them ends the element that they lie in, or begins a comment there.
  expect(script).not.toMatch(/<\/script|<!--/i);
  expect(style).not.toMatch(/<\/style/i);
  await expect(text).toMatchFileSnapshot(place("../src/picture/page_assets.ts"));
});
