// The hunter's program as one text, with a planted bug in it or without.
//
// The sources are bundled as they are; only the one file that the mutant names is
// handed to the bundler as another text. So nothing is written, into the repository
// or elsewhere, and all packages of the program see the bug.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { type Mutant, planted } from "./mutant.ts";

const root = join(import.meta.dirname, "../../../..");

/**
 * The program, for `node --input-type=module`.
 *
 * @param mutant - Null for the product as it is.
 * @throws {Error} Where the patch does not apply, or its file is no part of the program.
 */
export async function mutatedProgram(mutant: Mutant | null): Promise<string> {
  let isPlanted = mutant === null;
  const plugin: Plugin = {
    name: "mutant",
    setup(bundle) {
      if (mutant === null) return;
      const path = join(root, mutant.file);
      const filter = new RegExp(`^${path.replaceAll(/[.+*?^$()[\]{}|\\]/g, "\\$&")}$`);
      bundle.onLoad({ filter }, async () => {
        isPlanted = true;
        return { contents: planted(mutant, await readFile(path, "utf8")), loader: "ts" };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [join(root, "packages/scenarios/test/child/hunter.ts")],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@holdfast/source"],
    keepNames: true,
    logLevel: "silent",
    plugins: [plugin],
  });
  if (!isPlanted) throw new Error(`mutant ${mutant!.id}: ${mutant!.file} is in no scenario`);
  return outputFiles[0]!.text;
}
