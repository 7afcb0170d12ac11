// manifest: a package.json lists as dependencies, or as peers that its user brings along,
// exactly what its package imports.

import type { Finding } from "../finding.ts";
import { targetOf } from "../target.ts";
import type { Package, Tree } from "../tree.ts";

/** Finds dependencies that are missing, and dependencies that nothing imports. */
export function manifest(tree: Tree): Finding[] {
  return tree.packages.flatMap((candidate) => compare(tree, candidate));
}

function compare(tree: Tree, of: Package): Finding[] {
  const findings: Finding[] = [];
  const { dependencies = {}, peerDependencies = {} } = of.manifest;
  const listed = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
  const used = new Set<string>();
  const bin = tree.code.filter(({ path }) => path.startsWith(`${of.path}/bin/`));
  // Inside the repository, a command may start from its sources with the workspace's tools.
  const tools = new Set(Object.keys(tree.manifest.devDependencies ?? {}));
  for (const file of [...of.src, ...bin]) {
    for (const edge of file.imports) {
      const target = targetOf(tree, file, edge);
      if (target.kind === "file" || target.kind === "builtin") continue;
      const name = target.kind === "library" ? target.name : nameOf(tree, target.folder);
      if (name === of.manifest.name) continue;
      const isTool = bin.includes(file) && tools.has(name);
      if (!listed.has(name) && !used.has(name) && !isTool) {
        const message = `${name} is not in the dependencies of ${of.folder}`;
        findings.push({ rule: "manifest", file: file.path, line: edge.line, message });
      }
      used.add(name);
    }
  }
  for (const name of listed) {
    if (used.has(name)) continue;
    const file = `${of.path}/package.json`;
    findings.push({ rule: "manifest", file, line: 0, message: `nothing imports ${name}` });
  }
  return findings;
}

function nameOf(tree: Tree, folder: string): string {
  const found = tree.packages.find((candidate) => candidate.folder === folder);
  return found?.manifest.name ?? `@holdfast/${folder}`;
}
