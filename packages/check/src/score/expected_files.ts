// Scores judges of linearizability by files whose verdicts are known: an `expected.json`
// beside them, as the collection of Porcupine's test data has it.
//
//   {"files": {"c01-ok.txt": {"model": "kv", "linearizable": true, "invocations": 38}}}

import { HoldfastError } from "@holdfast/std";
import { readAnyHistory } from "../history/formats.ts";
import { checkLinearizability } from "../linearizability/check_linearizability.ts";
import { namedModels } from "../models/vocabularies.ts";
import type { ScoredAnswer } from "./answer.ts";
import { objectOf, parseFile } from "./json.ts";

/** What is known of a file. */
export interface ExpectedFile {
  /** A name of `namedModels`. */
  readonly model: string;
  /** Null where nobody knows. */
  readonly linearizable: boolean | null;
  /** Operations in it; undefined where that is not said. */
  readonly invocations?: number | undefined;
}

/**
 * Reads an `expected.json`.
 *
 * @throws {HoldfastError} `corrupt` where it says something else.
 */
export function readExpectedFiles(text: string): ReadonlyMap<string, ExpectedFile> {
  const { files } = parseFile(text);
  return new Map(
    Object.entries(objectOf(files, "files")).map(([name, said]) => {
      const { model, linearizable = null, invocations } = objectOf(said, name);
      if (typeof model !== "string" || !Object.hasOwn(namedModels, model)) {
        throw new HoldfastError("corrupt", `${name}: no model is called ${String(model)}`);
      }
      if (linearizable !== null && typeof linearizable !== "boolean") {
        throw new HoldfastError("corrupt", `${name}: linearizable is true, false or null`);
      }
      if (invocations !== undefined && !Number.isSafeInteger(invocations)) {
        throw new HoldfastError("corrupt", `${name}: invocations is a whole number`);
      }
      return [name, { model, linearizable, invocations: invocations as number | undefined }];
    }),
  );
}

/**
 * Judges a file, and compares.
 *
 * @throws {HoldfastError} What the reader of its format throws.
 */
export function scoreFile(name: string, text: string, expected: ExpectedFile): ScoredAnswer {
  const { model, vocabulary } = namedModels[expected.model]!;
  const history = readAnyHistory(text, vocabulary);
  const { verdict } = checkLinearizability(history, model);
  const mismatches: string[] = [];
  const { linearizable, invocations } = expected;
  const wanted = linearizable === null ? null : linearizable ? "ok" : "violation";
  if (wanted === null && verdict === "unknown") mismatches.push("answered by unknown");
  if (wanted !== null && verdict !== wanted) mismatches.push(`${verdict}, not ${wanted}`);
  if (invocations !== undefined && invocations !== history.length) {
    mismatches.push(`${history.length} operations were read, not ${invocations}`);
  }
  return { name, mismatches, isScored: wanted !== null };
}
