// reach: the linter has seen what it claims to judge. One that reads nothing finds
// nothing, and would report success for ever.

import type { Finding } from "../finding.ts";
import type { Tree } from "../tree.ts";

/** Finds packages without code, and a tree with fewer imports than packages. */
export function reach(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  const add = (message: string) =>
    findings.push({ rule: "reach", file: "packages", line: 0, message });
  if (tree.packages.length === 0) add("no package was read");
  for (const { folder, src } of tree.packages) {
    if (src.length === 0) add(`no source file of ${folder} was read`);
  }
  const edges = countEdges(tree);
  if (edges < tree.packages.length) add(`only ${edges} imports were read`);
  return findings;
}

/** How many imports there are in all code of the tree. */
export function countEdges(tree: Tree): number {
  return tree.code.reduce((sum, { imports }) => sum + imports.length, 0);
}
