// A copy of the packages' sources with one planted bug in it, beside the real ones.
//
//   node_modules/.cache/holdfast-mutants/NAME/
//     packages/PACKAGE/{package.json,src}     copies, one file of them changed
//     node_modules/@holdfast/PACKAGE          links to the copies
//     worker.ts
//
// A program in it finds the copies by the packages' names, and what is from npm
// further up, in the repository's own node_modules.

import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { applied, type Mutant } from "./mutant.ts";

const root = join(import.meta.dirname, "../../../..");

/** Makes the tree; gives the path of its worker. @throws {Error} Where the patch does not apply. */
export function growTree(mutant: Mutant): string {
  const tree = join(root, "node_modules/.cache/holdfast-mutants", mutant.name);
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(join(tree, "node_modules/@holdfast"), { recursive: true });
  for (const folder of readdirSync(join(root, "packages"))) {
    const source = join(root, "packages", folder);
    const copy = join(tree, "packages", folder);
    cpSync(join(source, "src"), join(copy, "src"), { recursive: true });
    cpSync(join(source, "package.json"), join(copy, "package.json"));
    symlinkSync(copy, join(tree, "node_modules/@holdfast", folder), "dir");
  }
  writeFileSync(join(tree, "package.json"), '{ "type": "module" }\n');
  const changed = join(tree, mutant.file);
  writeFileSync(changed, applied(mutant, readFileSync(changed, "utf8")));
  const worker = join(tree, "worker.ts");
  cpSync(join(import.meta.dirname, "../child/mutant_worker.ts"), worker);
  return worker;
}
