// levels: `src` imports only the packages and libraries that layers.json grants it.

import type { Finding } from "../finding.ts";
import { targetOf } from "../target.ts";
import type { Package, Tree } from "../tree.ts";

/** Finds imports that are not granted, and packages that layers.json and the tree do not share. */
export function levels(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  const add = (message: string) =>
    findings.push({ rule: "levels", file: "layers.json", line: 0, message });
  for (const place of ["packages", "apps"] as const) {
    for (const folder of tree.layers[place].keys()) {
      const path = `${place}/${folder}`;
      if (!tree.packages.some((candidate) => candidate.path === path)) {
        add(`${path} does not exist`);
      }
    }
  }
  for (const { layer, path } of tree.packages) {
    if (layer === undefined) add(`${path} is missing from layers.json`);
  }
  for (const candidate of tree.packages) findings.push(...importsNotGranted(tree, candidate));
  return findings;
}

function importsNotGranted(tree: Tree, of: Package): Finding[] {
  const findings: Finding[] = [];
  for (const file of of.src) {
    for (const edge of file.imports) {
      const target = targetOf(tree, file, edge);
      const asked =
        target.kind === "workspace"
          ? target.folder
          : target.kind === "library"
            ? target.name
            : undefined;
      if (asked === undefined || asked === of.folder) continue;
      const granted = target.kind === "workspace" ? of.layer?.imports : of.layer?.libraries;
      if (granted?.includes(asked)) continue;
      const message = `${of.folder} may not import ${asked}`;
      findings.push({ rule: "levels", file: file.path, line: edge.line, message });
    }
  }
  return findings;
}
