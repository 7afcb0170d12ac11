#!/usr/bin/env node
// `npm start`: a server with the workspace at /, built first where it isn't.
//
// The server is this very process, so that Ctrl-C, and kill -9, hit it and no parent
// of it. What stands after `npm start --` are options of `holdfast serve`.

import { join } from "node:path";
import { builtApp } from "./built_app.mjs";

const root = join(import.meta.dirname, "..");
const command = join(root, "packages/holdfast/bin/holdfast.mjs");
const say = (sentence) => process.stderr.write(`${sentence}\n`);
try {
  const app = await builtApp(root, "workspace", say);
  // An `--app` that was given comes later, and wins.
  process.argv.splice(1, 1, command, "serve", "--app", app);
} catch (error) {
  say(`start: ${error.message}`);
  process.exit(1);
}
await import(command);
