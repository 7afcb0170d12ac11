// cycle: no file of `src` reaches itself by its imports, within a package or
// across packages. Imports of types count: what can't be understood alone is one
// thing, and belongs in one file or needs a third one below both.

import type { CodeFile } from "../code_file.ts";
import type { Finding } from "../finding.ts";
import { exportedSource, targetOf } from "../target.ts";
import type { Tree } from "../tree.ts";

/** Finds one cycle through each group of files that depend on each other. */
export function cycle(tree: Tree): Finding[] {
  const files = tree.packages.flatMap(({ src }) => src);
  const edges = new Map(files.map((file) => [file.path, neighbours(tree, file)]));
  const state = new Map<string, "open" | "done">();
  const findings: Finding[] = [];
  const trail: string[] = [];

  function walk(path: string): void {
    state.set(path, "open");
    trail.push(path);
    for (const next of edges.get(path) ?? []) {
      if (state.get(next) === "open") {
        const message = [...trail.slice(trail.indexOf(next)), next].join(" -> ");
        findings.push({ rule: "cycle", file: next, line: 0, message });
      } else if (!state.has(next)) walk(next);
    }
    trail.pop();
    state.set(path, "done");
  }

  for (const { path } of files) if (!state.has(path)) walk(path);
  return findings;
}

function neighbours(tree: Tree, file: CodeFile): string[] {
  const paths: string[] = [];
  for (const edge of file.imports) {
    const target = targetOf(tree, file, edge);
    if (target.kind === "file") paths.push(target.path);
    if (target.kind !== "workspace") continue;
    const to = tree.packages.find(({ folder }) => folder === target.folder);
    const source = to && exportedSource(to, target.subpath);
    if (source !== undefined) paths.push(source);
  }
  return paths;
}
