// What the documents of this package show is true: their programs print what they say,
// and their drawings are judged as they say.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import * as check from "@holdfast/check";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { readDrawing } from "./drawing.ts";

const folder = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(folder, file), "utf8");

describe("the programs of README.md", () => {
  const programs = [...read("README.md").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
    ([, text]) => text!,
  );
  test.each(programs.map((program, index) => [index + 1, program] as const))(
    "number %i",
    (_, program) => {
      const promised = [...program.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(
        ([, text]) => text,
      );
      expect(promised.length).toBeGreaterThan(0);
      const printed: string[] = [];
      const { outputText } = ts.transpileModule(program, {
        compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
      });
      const run = new Function("require", "exports", "console", outputText);
      const log = (value: unknown) =>
        printed.push(typeof value === "string" ? value : inspect(value));
      run(() => check, {}, { log });
      expect(printed).toEqual(promised);
    },
  );
});

const models: Readonly<Record<string, () => check.SequentialModel<unknown, unknown, unknown>>> = {
  register: () => check.register() as check.SequentialModel<unknown, unknown, unknown>,
  casRegister: () => check.casRegister() as check.SequentialModel<unknown, unknown, unknown>,
  multiRegister: () => check.multiRegister() as check.SequentialModel<unknown, unknown, unknown>,
  kv: () => check.kv() as check.SequentialModel<unknown, unknown, unknown>,
  counter: () => check.counter() as check.SequentialModel<unknown, unknown, unknown>,
  set: () => check.set() as check.SequentialModel<unknown, unknown, unknown>,
  queue: () => check.queue() as check.SequentialModel<unknown, unknown, unknown>,
  stack: () => check.stack() as check.SequentialModel<unknown, unknown, unknown>,
  lock: () => check.lock() as check.SequentialModel<unknown, unknown, unknown>,
  lease: () => check.lease() as check.SequentialModel<unknown, unknown, unknown>,
};

describe("the drawings of MODELS.md", () => {
  const blocks = [...read("MODELS.md").matchAll(/^```(accepts|rejects) (\w+)\n([\s\S]*?)^```$/gm)];
  const drawings = blocks.map(([, wanted, name, drawing], index) => ({
    title: `${index + 1}: ${name} ${wanted}`,
    wanted: wanted!,
    name: name!,
    drawing: drawing!,
  }));

  test.each(drawings)("$title", ({ wanted, name, drawing }) => {
    const history = readDrawing(drawing, name);
    expect(history.length).toBe([...drawing.matchAll(/\|-+ /g)].length);
    for (const method of ["best", "search"] as const) {
      const { verdict } = check.checkLinearizability(history, models[name]!(), { method });
      expect(verdict).toBe(wanted === "accepts" ? "ok" : "violation");
    }
  });

  test("each model accepts one and rejects one", () => {
    for (const name of Object.keys(models)) {
      const shown = new Set(
        drawings.filter((each) => each.name === name).map(({ wanted }) => wanted),
      );
      expect([name, ...[...shown].sort()]).toEqual([name, "accepts", "rejects"]);
    }
  });
});
