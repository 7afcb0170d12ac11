#!/usr/bin/env node
// `npm start`: a server with the workspace at /, built first where it isn't.
//
// The server is this very process, so that Ctrl-C, and kill -9, hit it and no parent
// of it. What stands after `npm start --` are options of `holdfast serve`.

import { join } from "node:path";
import { builtApp } from "./built_app.mjs";

const say = (sentence) => process.stderr.write(`${sentence}\n`);
// As in packages/holdfast/bin/holdfast.mjs, which is too late here: the page is built first.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  say(
    `Holdfast needs Node 20.19 or newer, and this is ${process.versions.node}. Install a newer one: https://nodejs.org`,
  );
  process.exit(3);
}
// npm keeps for itself the options that stand before "--", and hands on their values.
if (process.argv[2] !== undefined && !process.argv[2].startsWith("-")) {
  say(`start: options come after two dashes, as in "npm start -- --port 5000".`);
  process.exit(2);
}
const root = join(import.meta.dirname, "..");
const command = join(root, "packages/holdfast/bin/holdfast.mjs");
try {
  const app = await builtApp(root, "workspace", say);
  // An `--app` that was given comes later, and wins.
  process.argv.splice(1, 1, command, "serve", "--app", app);
} catch (error) {
  say(`start: ${error.message}`);
  process.exit(1);
}
await import(command);
