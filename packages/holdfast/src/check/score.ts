// Scores the judges by a folder of histories whose verdicts are known.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  readAnyHistory,
  readCases,
  readExpectation,
  readExpectedFiles,
  type ScoredAnswer,
  scoreCase,
  scoreCaseFile,
  scoreFile,
} from "@holdfast/check";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import { readTextFile } from "../text_file.ts";

/**
 * What the judges answer to all that `folder` knows of: an `expected.json`, a `cases.json`, and
 * each `NAME.expected.json`.
 *
 * @throws {HoldfastError} `not_found` where it has none of them; what reading a file throws,
 *   with the file's name.
 */
export async function* scoreFolder(folder: string): AsyncGenerator<ScoredAnswer> {
  const names = await namesIn(folder);
  const known = names.filter((name) => /^(cases|expected)\.json$|\.expected\.json$/.test(name));
  if (known.length === 0) {
    const sentence = `${folder} has no expected.json, no cases.json and no NAME.expected.json`;
    throw new HoldfastError("not_found", sentence);
  }
  for (const name of known.sort()) {
    const text = await inFile(name, () => readTextFile(join(folder, name)));
    if (name === "expected.json") yield* scoreFiles(folder, text);
    else if (name === "cases.json") yield* scoreCases(text);
    else yield await scoreLargeCase(folder, name, text);
  }
}

async function* scoreFiles(folder: string, text: string): AsyncGenerator<ScoredAnswer> {
  const files = await inFile("expected.json", () => readExpectedFiles(text));
  for (const [name, expected] of files) {
    const history = await inFile(name, () => readTextFile(join(folder, name)));
    yield await inFile(name, () => scoreFile(name, history, expected));
  }
}

async function* scoreCases(text: string): AsyncGenerator<ScoredAnswer> {
  for (const each of await inFile("cases.json", () => readCases(text))) {
    yield await inFile(each.name, () => scoreCase(each));
  }
}

async function scoreLargeCase(folder: string, name: string, text: string): Promise<ScoredAnswer> {
  const expectation = await inFile(name, () => readExpectation(text));
  const { file } = expectation;
  const history = await inFile(file, () => readTextFile(join(folder, file)));
  return await inFile(file, () =>
    scoreCaseFile(expectation, (vocabulary) => readAnyHistory(history, vocabulary)),
  );
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new HoldfastError("not_found", `can't read the folder ${folder}`, { cause });
  }
}

// What is wrong with a file is told with its name.
async function inFile<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    throw new HoldfastError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}
