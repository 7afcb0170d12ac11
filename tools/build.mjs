#!/usr/bin/env node
// Builds every package into its dist/, as it is published: JavaScript, declarations
// and source maps. A package's folders that need the browser's types are a project of
// their own, tsconfig.browser.json, which goes to the same place. Lower levels come
// first, and each is compiled against the built declarations of those below: so a
// build sees what users will see.
//
// A package with an entry for browsers, and a file that it names to `unpkg`, is also
// bundled into that one file, with all that it imports: for a page without a bundler,
// which can't find packages by their names.
//
// `npm run build [ROOT]`: builds the workspace at ROOT, by default this one.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";

const home = join(import.meta.dirname, "..");
const root = resolve(process.argv[2] ?? home);
const layers = JSON.parse(readFileSync(join(root, "layers.json"), "utf8"));
const byLevel = Object.entries(layers.packages).sort(([, a], [, b]) => a.level - b.level);

for (const [folder] of byLevel) {
  const at = join(root, "packages", folder);
  rmSync(join(at, "dist"), { recursive: true, force: true });
  const emit = ["--noEmit", "false", "--declaration", "--sourceMap", "--inlineSources"];
  const places = ["--rootDir", join(at, "src"), "--outDir", join(at, "dist")];
  // Any condition but `@holdfast/source`, which would lead to the sources of those below.
  const conditions = ["--customConditions", "types"];
  const compiler = join(home, "node_modules/.bin/tsc");
  const projects = ["tsconfig.json", "tsconfig.browser.json"].map((file) => join(at, file));
  try {
    for (const project of projects.filter((path) => existsSync(path))) {
      execFileSync(compiler, ["-p", project, ...emit, ...places, ...conditions], {
        stdio: ["ignore", process.stderr, "inherit"],
      });
    }
  } catch {
    console.error(`build: ${folder} does not compile`);
    process.exit(1);
  }
  bundle(at);
  console.log(`built ${folder}`);
}

function bundle(at) {
  const { exports = {}, unpkg } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
  if (unpkg === undefined) return;
  buildSync({
    entryPoints: [join(at, exports["./browser"].default)],
    outfile: join(at, unpkg),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    sourcemap: true,
    logLevel: "warning",
  });
}
