// Keeps what a torture test is about to judge, where the judge finds something.

import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A history as text. */
export interface KeptFile {
  readonly file: string;
  readonly text: () => string;
}

/** Judges; where that throws, writes `files` into a folder of their own, which the error names. */
export async function keepWhereWrong(files: readonly KeptFile[], judge: () => void): Promise<void> {
  try {
    judge();
  } catch (error) {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-torture-kept-"));
    for (const { file, text } of files) await writeFile(join(folder, file), text());
    throw new Error(`${error instanceof Error ? error.message : error}\nhistories: ${folder}`, {
      cause: error,
    });
  }
}
