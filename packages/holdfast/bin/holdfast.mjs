#!/usr/bin/env node
// The command as it is started: from its built files where it was installed, and
// from its sources inside the repository.
//
// Sources are compiled as they are imported, in this very process: signals, and
// kill -9, hit the program itself and not a parent of it.

import { existsSync } from "node:fs";
import module from "node:module";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Holdfast needs Node 20.19 or newer, and this is ${process.versions.node}. Install a newer one: https://nodejs.org\n`,
  );
  process.exit(3);
}

const source = new URL("../src/main.ts", import.meta.url);
const built = new URL("../dist/main.js", import.meta.url);

if (existsSync(source)) {
  const compiler = await import("tsx/esm/api");
  compiler.register();
  module.register("./source_condition.mjs", import.meta.url);
  await import(source.href);
} else {
  await import(built.href);
}
