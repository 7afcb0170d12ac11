// A program of the repository in one file, for tests that start it again and again: from
// its sources it takes 1.5 s of processor time to start, and so 0.2 s. Made once for all
// files of a run, of the sources as they are then.
//
// `bin/holdfast.mjs` compiles what it imports while it starts, as people who work in the
// repository have it. `holdfast/test/sim_command.test.ts` starts that too.

import { readFile, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { madeOnce } from "./run_folder.ts";

const repository = join(import.meta.dirname, "..");

/** What a program finds beside itself, it finds beside its source. */
const ownPlace: Plugin = {
  name: "own place",
  setup(bundle) {
    bundle.onLoad({ filter: /\/packages\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll(
        "import.meta.url",
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: "ts",
    }));
  },
};

/** Some libraries bring binaries, and look for them beside their own files. */
const librariesApart: Plugin = {
  name: "libraries apart",
  setup(bundle) {
    bundle.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === "entry-point" || path.startsWith("@holdfast/")
        ? undefined
        : { path, external: true },
    );
  },
};

/**
 * Gives the path of a file that does what the program at `source` does.
 *
 * @param runFolder - That of the tests; see run_folder.ts.
 * @param source - A TypeScript file of the repository.
 */
export async function bundledProgram(runFolder: string, source: URL): Promise<string> {
  const path = fileURLToPath(source);
  const name = relative(repository, path).replaceAll("/", "-").replace(/\.ts$/, "");
  const folder = await madeOnce(runFolder, name, async (made) => {
    await symlink(join(repository, "node_modules"), join(made, "node_modules"));
    await build({
      entryPoints: [path],
      outfile: join(made, "program.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      conditions: ["@holdfast/source"],
      keepNames: true,
      logLevel: "error",
      plugins: [ownPlace, librariesApart],
    });
  });
  return join(folder, "program.mjs");
}

/** Gives the path of a file that does what the command `holdfast` does. */
export function holdfastProgram(runFolder: string): Promise<string> {
  const source = join(repository, "packages/holdfast/src/main.ts");
  return bundledProgram(runFolder, pathToFileURL(source));
}
