// Hunting a mutant: the sources are bundled with one text changed, and a process of
// its own plays the bundle. Nothing is written.

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { build, type Plugin } from "esbuild";
import type { Mutant } from "./list.ts";

const test = join(import.meta.dirname, "..");
const sources = join(test, "../src");
/** A bug may send a program round in circles. */
const hunterMsMax = 600_000;

/** What came of a hunt. */
export interface Hunt {
  readonly found: { readonly seed: number; readonly sentence: string } | null;
  /** Failures that did not count. */
  readonly others: readonly string[];
}

/** Hunts one mutant. @throws {Error} Where the patch does not apply, or the hunter fails. */
export async function hunt(mutant: Mutant, seeds: number): Promise<Hunt> {
  const program = await mutatedProgram(mutant);
  const { by, breaks } = mutant;
  const folder = join(test, "golden/raft");
  const task = JSON.stringify({ by, breaks: breaks.source, seeds, folder });
  const child = spawn(process.execPath, ["--input-type=module", "-", task], {
    stdio: "pipe",
    timeout: hunterMsMax,
    killSignal: "SIGKILL",
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(program);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`hunting ${mutant.id} ended ${code}: ${stderr}`);
  return JSON.parse(stdout) as Hunt;
}

async function mutatedProgram({ id, file, find, replace }: Mutant): Promise<string> {
  const path = join(sources, file);
  const pieces = (await readFile(path, "utf8")).split(find);
  if (pieces.length !== 2) {
    throw new Error(`mutant ${id}: its text is ${pieces.length - 1} times in ${file}`);
  }
  const plugin: Plugin = {
    name: "mutant",
    setup(bundle) {
      const filter = new RegExp(`/consensus/src/${file.replace(".", "\\.")}$`);
      bundle.onLoad({ filter }, () => ({ contents: pieces.join(replace), loader: "ts" }));
    },
  };
  const { outputFiles } = await build({
    entryPoints: [join(test, "child/raft_hunter.ts")],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@holdfast/source"],
    logLevel: "silent",
    plugins: [plugin],
  });
  return outputFiles[0]!.text;
}
