// deep_import: a package is entered by its name, through what its package.json
// exports; product code never reaches into a folder of tests.

import type { CodeFile } from "../code_file.ts";
import type { Finding } from "../finding.ts";
import { packageOf, type Target, targetOf } from "../target.ts";
import type { Tree } from "../tree.ts";

/** Finds imports that go past a package's public surface, or to a file that isn't there. */
export function deepImport(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const file of tree.code) {
    for (const edge of file.imports) {
      const message = problem(tree, file, targetOf(tree, file, edge), edge.specifier);
      if (message === null) continue;
      findings.push({ rule: "deep_import", file: file.path, line: edge.line, message });
    }
  }
  return findings;
}

function problem(tree: Tree, file: CodeFile, target: Target, specifier: string): string | null {
  if (target.kind === "workspace") {
    const to = tree.packages.find(({ folder }) => folder === target.folder);
    if (to === undefined) return `package ${target.folder} does not exist`;
    if (to.kind === "app") return `${to.path} is an app, which nothing imports`;
    if (Object.hasOwn(to.manifest.exports ?? {}, target.subpath)) return null;
    return `${specifier} is not exported by ${to.manifest.name}`;
  }
  if (target.kind !== "file") return null;
  const from = packageOf(tree, file.path);
  const to = packageOf(tree, target.path);
  // A test starts another package's command as a program; that is no import.
  const isProgram = to !== undefined && target.path.startsWith(`${to.path}/bin/`);
  if (to !== undefined && to !== from && !isProgram) return `reach ${to.manifest.name} by its name`;
  const isSrc = from?.src.includes(file) ?? false;
  // It lies as deep below dist as below src, so a package may read its own version.
  if (target.path === `${from?.path}/package.json`) return null;
  if (isSrc && !target.path.startsWith(`${from?.path}/src/`)) {
    return `${specifier} lies outside of src`;
  }
  const isCode = /\.(ts|tsx|mjs|js)$/.test(target.path);
  const isBuilt = target.path.includes("/dist/");
  return isCode && !isBuilt && !tree.paths.has(target.path) ? `${specifier} does not exist` : null;
}
