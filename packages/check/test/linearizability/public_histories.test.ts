import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  casRegister,
  checkLinearizability,
  kv,
  kvWhole,
  type LinearizabilityVerdict,
  readPorcupineKv,
  readPorcupineRegister,
} from "@holdfast/check";
import { describe, expect, test } from "vitest";
import { explainOrder } from "./brute_force.ts";

// The histories of Porcupine's own tests, where HOLDFAST_HISTORIES names their folder.

interface Expectation {
  readonly model: "kv" | "cas-register";
  readonly linearizable: boolean | null;
  readonly invocations: number;
}

const folder = process.env.HOLDFAST_HISTORIES;
const place = folder === undefined ? undefined : join(folder, "porcupine");

describe("public histories", () => {
  if (place === undefined || !existsSync(join(place, "expected.json"))) {
    test("each of them", (context) => {
      context.skip("HOLDFAST_HISTORIES does not name the folder of the public histories");
    });
    return;
  }
  const { files } = JSON.parse(readFileSync(join(place, "expected.json"), "utf8")) as {
    files: Record<string, Expectation>;
  };
  for (const [name, expectation] of Object.entries(files)) {
    test(name, () => {
      const text = readFileSync(join(place, name), "utf8");
      if (expectation.model === "kv") {
        const history = readPorcupineKv(text);
        expect(history.length).toBe(expectation.invocations);
        compare(checkLinearizability(history, kv()), expectation);
        const verdict = checkLinearizability(history, kvWhole());
        compare(verdict, expectation);
        if (verdict.verdict === "ok") {
          expect(explainOrder(history, verdict.order!, kvWhole())).toBe("");
        }
      } else {
        const history = readPorcupineRegister(text);
        expect(history.length).toBe(expectation.invocations);
        const verdict = checkLinearizability(history, casRegister());
        compare(verdict, expectation);
        if (verdict.verdict === "ok") {
          expect(explainOrder(history, verdict.order!, casRegister())).toBe("");
        }
      }
    });
  }
});

function compare<State, Input, Output>(
  { verdict }: LinearizabilityVerdict<State, Input, Output>,
  { linearizable }: Expectation,
): void {
  if (linearizable === null) expect(verdict).not.toBe("unknown");
  else expect(verdict).toBe(linearizable ? "ok" : "violation");
}
