#!/usr/bin/env node
// Everything that can be said of the code without running it, in one command:
// types, lint, format, the house's rules, unused code, and the public surface.
// Prints one line for each step, and at the end what the failed ones had to say.

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
// A package has one project, and others for the folders that need the types of a browser
// or of its workers.
const projectFiles = ["tsconfig.json", "tsconfig.browser.json", "tsconfig.worker.json"];
const projects = ["packages", "apps"]
  .flatMap((place) => readdirSync(join(root, place)).map((folder) => join(place, folder)))
  .flatMap((path) => projectFiles.map((file) => join(path, file)))
  .filter((path) => existsSync(join(root, path)));

/** @type {{ name: string, command: string[], expect?: RegExp }[]} */
const steps = [
  // Two compilers are installed: 7 to compile, 6 for tools that need its API.
  { name: "tsc is 7", command: ["tsc", "--version"], expect: /^Version 7\./ },
  { name: "types: tests and tools", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "types: tests in a browser", command: ["tsc", "-p", "tsconfig.browser.json"] },
  ...projects.map((path) => ({ name: `types: ${path}`, command: ["tsc", "-p", path] })),
  { name: "biome", command: ["biome", "check", "--error-on-warnings", "."] },
  { name: "tidy", command: ["tsx", "tools/tidy/main.ts"], expect: /^tidy: read \d+ files/m },
  { name: "knip", command: ["knip", "--no-config-hints"] },
  { name: "api", command: ["tsx", "tools/api/main.ts"] },
];

const started = performance.now();
const waiting = [...steps];
const failures = [];
const width = Math.max(...steps.map(({ name }) => name.length));

async function work() {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const { ok, output, seconds } = await run(step);
    console.log(`${ok ? "ok  " : "FAIL"} ${step.name.padEnd(width)} ${seconds.toFixed(1)} s`);
    if (!ok) failures.push({ name: step.name, output });
  }
}

function run({ command: [tool, ...args], expect }) {
  const since = performance.now();
  const child = spawn(join(root, "node_modules/.bin", tool), args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const collect = (text) => {
    output += text;
  };
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);
  return new Promise((resolve) => {
    const end = (code) => {
      const ok = code === 0 && (expect === undefined || expect.test(output));
      resolve({ ok, output, seconds: (performance.now() - since) / 1000 });
    };
    child.on("error", (error) => {
      output += error.message;
      end(1);
    });
    child.on("close", end);
  });
}

await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
for (const { name, output } of failures) console.log(`\n--- ${name}\n${output.trim()}`);
const total = ((performance.now() - started) / 1000).toFixed(1);
const sum = `${steps.length - failures.length} of ${steps.length} checks passed in ${total} s`;
console.log(failures.length === 0 ? `check: ${sum}` : `\ncheck: ${sum}`);
process.exitCode = failures.length === 0 ? 0 : 1;
