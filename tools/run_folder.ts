// A folder for each run of the tests, which `vitest.config.ts` has made before all files and
// removed after them. What is dear to make and the same for all, such as a built page, is
// made in it once, by whichever file needs it first.

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    readonly runFolder: string;
  }
}

/** Makes the folder; gives what removes it. Vitest calls it. */
export function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-run-"));
  provide("runFolder", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}

const lookIntervalMs = 50;

/**
 * Gives the folder `name` in `runFolder`, with what `make` put into it. Who comes while
 * another file makes it waits for that.
 */
export async function madeOnce(
  runFolder: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const made = join(runFolder, name);
  const unfinished = `${made}.unfinished`;
  for (;;) {
    if (existsSync(made)) return made;
    if (claim(unfinished)) break;
    await sleep(lookIntervalMs);
  }
  // Made between the two looks.
  if (!existsSync(made)) {
    try {
      await make(unfinished);
      renameSync(unfinished, made);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      throw error;
    }
  }
  rmSync(unfinished, { recursive: true, force: true });
  return made;
}

function claim(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
