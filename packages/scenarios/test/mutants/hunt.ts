// Hunting one mutant: seeds in a process of its own, until one fails.

import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Mutant } from "./mutant.ts";
import { growTree } from "./mutated_tree.ts";

/** What came of a hunt; `seed` is null where no seed failed. */
export interface Hunt {
  /** How many seeds were played. */
  readonly seeds: number;
  readonly seed: number | null;
  /** The promise that was broken. */
  readonly promise: string;
  readonly sentence: string;
  /** Of the run that failed, and of the shrunk one. */
  readonly events: number;
  readonly shrunkEvents: number;
  /** The shrunk plan. */
  readonly plan: string;
}

/** How to hunt. */
export interface HuntOptions {
  /** The first seed. */
  readonly from: number;
  readonly seedsMax: number;
  /** Most runs to shrink with; 0 leaves the run as it was found. */
  readonly shrinksMax: number;
}

const root = join(import.meta.dirname, "../../../..");

/** Plays seeds against the mutant. @throws {Error} Where the patch does not apply, or the process fails. */
export async function hunt(mutant: Mutant, options: HuntOptions): Promise<Hunt> {
  const worker = growTree(mutant);
  const loader = join(root, "node_modules/tsx/dist/loader.mjs");
  const numbers = [options.from, options.seedsMax, options.shrinksMax].map(String);
  const child = spawn(
    process.execPath,
    [
      "--conditions=@holdfast/source",
      `--import=file://${loader}`,
      worker,
      mutant.scenario,
      ...numbers,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`mutant ${mutant.name}: exit code ${code}\n${output.stderr}`);
  return JSON.parse(output.stdout) as Hunt;
}
