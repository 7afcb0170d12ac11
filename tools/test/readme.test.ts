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
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { bundledProgram } from "../bundled_program.ts";

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

// Below the repository, so that the packages are found; `dist` is passed over by all tools.
const home = join(repository, "node_modules/.cache/holdfast-readme");
let programs: string;
/** What the compiler says of all of them. */
let compiled: Ended;

beforeAll(async () => {
  mkdirSync(home, { recursive: true });
  programs = mkdtempSync(join(home, "examples-"));
  for (const [index, place] of places.entries()) {
    const example = firstExample(place);
    if (example !== undefined) writeFileSync(join(programs, nameOf(index)), example);
  }
  compiled = await compile(programs);
});
afterAll(() => rmSync(programs, { recursive: true }));

const nameOf = (place: number): string => `example-${place}.mts`;

function compile(folder: string): Promise<Ended> {
  const config = {
    extends: join(repository, "tsconfig.base.json"),
    compilerOptions: { types: ["node"], noUnusedLocals: false, moduleDetection: "force" },
    include: ["*.mts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  return run([join(repository, "node_modules/@typescript/native/bin/tsc"), "-p", folder], folder);
}

async function runProgram(file: string, folder: string): Promise<Ended> {
  return run([await bundledProgram(inject("runFolder"), pathToFileURL(file))], folder);
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
  test("after the compiler found nothing in any", () => {
    expect(compiled).toEqual({ code: 0, output: "" });
  });

  test.each([...places.entries()])("%i: of %s/README.md", async (index, place) => {
    const example = firstExample(place);
    expect(example, "an example in a block of ```ts").toBeDefined();
    const folder = mkdtempSync(join(tmpdir(), "holdfast-readme-"));
    try {
      const { code, output } = await runProgram(join(programs, nameOf(index)), folder);
      expect({ code, output }).toMatchObject({ code: 0 });
      for (const line of promisedOutput(example!)) expect(output.split("\n")).toContain(line);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
