import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  casRegister,
  checkLinearizability,
  type ExpectedFile,
  type History,
  kvWhole,
  readExpectedFiles,
  readPorcupineKv,
  readPorcupineRegister,
  type SequentialModel,
  scoreFile,
} from "@holdfast/check";
import { describe, expect, test } from "vitest";
import { explainOrder } from "./brute_force.ts";

// The histories of Porcupine's own tests, where HOLDFAST_HISTORIES names their folder.

const folder = process.env.HOLDFAST_HISTORIES;
const place = folder === undefined ? undefined : join(folder, "porcupine");

describe("public histories", () => {
  if (place === undefined || !existsSync(join(place, "expected.json"))) {
    test("each of them", (context) => {
      context.skip("HOLDFAST_HISTORIES does not name the folder of the public histories");
    });
    return;
  }
  const files = readExpectedFiles(readFileSync(join(place, "expected.json"), "utf8"));
  test.each([...files])("%s", (name, expectation) => {
    const text = readFileSync(join(place, name), "utf8");
    expect(scoreFile(name, text, expectation).mismatches).toEqual([]);
    // Where it is linearizable, the order that is given shows it.
    if (expectation.model === "kv") {
      requireOrder(readPorcupineKv(text), kvWhole(), expectation);
    } else {
      requireOrder(readPorcupineRegister(text), casRegister(), expectation);
    }
  });
});

function requireOrder<State, Input, Output>(
  history: History<Input, Output>,
  model: SequentialModel<State, Input, Output>,
  { linearizable }: ExpectedFile,
): void {
  const verdict = checkLinearizability(history, model);
  if (verdict.verdict === "ok") {
    expect(explainOrder(history, verdict.order!, model)).toBe("");
  } else {
    expect(linearizable).not.toBe(true);
  }
}
