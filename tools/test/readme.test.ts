import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

// Documentation that does not run is a promise that nobody keeps: the first
// example of every README is compiled and run as it stands, in a process and a
// folder of its own. A comment `// text` at the end of a `console.log` line is what it prints.

const repository = join(import.meta.dirname, "../..");
const packages = readdirSync(join(repository, "packages")).map((folder) => `packages/${folder}`);
const places = [".", ...packages].filter((place) => {
  const path = join(repository, place, "README.md");
  return existsSync(path) && (isImported(place) || firstExample(place) !== undefined);
});

/** A package without exports is a command: its README may show a terminal instead. */
function isImported(place: string): boolean {
  const text = readFileSync(join(repository, place, "package.json"), "utf8");
  return place === "." || (JSON.parse(text) as { exports?: unknown }).exports !== undefined;
}

/** The first block of TypeScript in a README. */
function firstExample(place: string): string | undefined {
  const text = readFileSync(join(repository, place, "README.md"), "utf8");
  return text.match(/^```ts\n([\s\S]*?)^```$/m)?.[1];
}

/** What the comments behind `console.log` say that it prints. */
function promisedOutput(example: string): string[] {
  return [...example.matchAll(/^\s*console\.log\(.*\);? *\/\/ (.*)$/gm)].map(([, text]) => text!);
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function compile(folder: string): Promise<Ended> {
  const config = {
    extends: join(repository, "tsconfig.base.json"),
    compilerOptions: { types: ["node"], noUnusedLocals: false },
    files: ["example.mts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  return run([join(repository, "node_modules/@typescript/native/bin/tsc"), "-p", folder], folder);
}

function runProgram(file: string, folder: string): Promise<Ended> {
  const loader = join(repository, "node_modules/tsx/dist/loader.mjs");
  return run(["--conditions=@holdfast/source", `--import=file://${loader}`, file], folder);
}

function run(args: readonly string[], folder: string): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

describe("the first example runs", () => {
  test.each(places)("of %s/README.md", async (place) => {
    const example = firstExample(place);
    expect(example, "an example in a block of ```ts").toBeDefined();
    // Below the repository, so that the packages are found; `dist` is passed over by all tools.
    const home = join(repository, "node_modules/.cache/holdfast-readme");
    mkdirSync(home, { recursive: true });
    const program = mkdtempSync(join(home, "example-"));
    const folder = mkdtempSync(join(tmpdir(), "holdfast-readme-"));
    try {
      writeFileSync(join(program, "example.mts"), example!);
      expect(await compile(program)).toEqual({ code: 0, output: "" });
      const { code, output } = await runProgram(join(program, "example.mts"), folder);
      expect({ code, output }).toMatchObject({ code: 0 });
      for (const line of promisedOutput(example!)) expect(output.split("\n")).toContain(line);
    } finally {
      rmSync(program, { recursive: true });
      rmSync(folder, { recursive: true });
    }
  });
});
