// Bundles the script and the style of a page that a package carries as strings.
//
// A package that makes pages of its own has their sources in a folder page/, and beside it
// the file page_assets.ts, which a test of the package writes with `--update` and else
// compares: whoever changes the one and forgets the other hears of it.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { build } from "esbuild";

/** What a page consists of, and the file of the package that holds it. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
  /** The whole of page_assets.ts. */
  readonly text: string;
}

/** Bundles main.ts and style.css of a folder. */
export async function pageAssets(folder: string): Promise<PageAssets> {
  const script = await bundled(join(folder, "main.ts"));
  const style = await bundled(join(folder, "style.css"));
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
  return { script, style, text };
}

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
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

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
