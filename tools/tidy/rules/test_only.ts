// test_only: the product never imports the simulator or the judges; its tests may.

import type { Finding } from "../finding.ts";
import { targetOf } from "../target.ts";
import type { Tree } from "../tree.ts";

/** Finds imports of test-only packages in the `src` of the levels below. */
export function testOnly(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const candidate of tree.packages) {
    if ((candidate.layer?.level ?? 0) >= tree.layers.testOnlyBelowLevel) continue;
    if (tree.layers.testOnly.includes(candidate.folder)) continue;
    for (const file of candidate.src) {
      for (const edge of file.imports) {
        const target = targetOf(tree, file, edge);
        if (target.kind !== "workspace" || !tree.layers.testOnly.includes(target.folder)) continue;
        const message = `${target.folder} is for tests; the product can't stand on it`;
        findings.push({ rule: "test_only", file: file.path, line: edge.line, message });
      }
    }
  }
  return findings;
}
