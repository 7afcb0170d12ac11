// How much a library adds to what an application's users load: what we import here of it,
// bundled and minified for a browser, with its WebAssembly.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { libraryOptions } from "./installation.ts";
import type { PeerEntry } from "./peer.ts";

export interface CodeSize {
  readonly minifiedBytes: number;
  readonly gzippedBytes: number;
}

/** The size of a library. */
export async function codeSize(entry: PeerEntry): Promise<CodeSize> {
  const { outputFiles } = await build({
    ...libraryOptions(entry),
    // Its files are counted below: some libraries have them in several shapes.
    loader: { ".wasm": "empty" },
    external: ["fs", "util", "path", "url", "module", "node:*"],
    write: false,
  });
  const modules = join(import.meta.dirname, "node_modules");
  const files = [
    ...outputFiles!.map(({ contents }) => contents),
    ...entry.wasm.map((path) => readFileSync(join(modules, path))),
  ];
  const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0);
  return {
    minifiedBytes: sum(files.map((bytes) => bytes.length)),
    gzippedBytes: sum(files.map((bytes) => gzipSync(bytes, { level: 9 }).length)),
  };
}
