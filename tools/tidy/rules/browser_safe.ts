// browser_safe: what must run in a browser imports nothing of Node, and no native
// or networking library, outside of the folders that layers.json names. Nothing of an
// app that a browser loads lies outside of the browser.

import type { Finding } from "../finding.ts";
import { mayTouchOutside, targetOf } from "../target.ts";
import type { Package, Tree } from "../tree.ts";

/** Finds imports that would break in a browser. */
export function browserSafe(tree: Tree): Finding[] {
  return tree.packages.filter(({ layer }) => layer?.browserSafe).flatMap((of) => look(tree, of));
}

function look(tree: Tree, of: Package): Finding[] {
  const findings: Finding[] = [];
  for (const file of of.src) {
    if (of.kind === "package" && mayTouchOutside(of, file)) continue;
    for (const edge of file.imports) {
      const target = targetOf(tree, file, edge);
      // A pure package's libraries are pure themselves: layers.json grants no others.
      const isUnsafe =
        target.kind === "builtin" ||
        (target.kind === "library" && !of.layer?.pure && !runsInBrowser(tree, target.name));
      if (!isUnsafe) continue;
      const message = `${edge.specifier} does not run in a browser`;
      findings.push({ rule: "browser_safe", file: file.path, line: edge.line, message });
    }
  }
  return findings;
}

function runsInBrowser(tree: Tree, library: string): boolean {
  return tree.layers.browserLibraries.includes(library);
}
