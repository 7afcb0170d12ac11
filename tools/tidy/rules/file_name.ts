// file_name: names of code files and their folders are snake_case nouns that say
// what is inside. A drawer for everything has no name here.

import type { Finding } from "../finding.ts";
import type { Tree } from "../tree.ts";

const shape = /^[a-z0-9]+(_[a-z0-9]+)*$/;
const drawers = new Set(["common", "helper", "helpers", "misc", "util", "utils"]);

/** Finds names of another shape, and names that mean nothing. */
export function fileName(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const { path } of tree.code) {
    const parts = path.split("/");
    // The ending, with what tools append to it: `tuple.test.ts` is named `tuple`.
    const stem = parts.pop()!.replace(/(\.(test|bench|config|d))?\.\w+$/, "");
    for (const part of [...parts, stem]) {
      const message = drawers.has(part)
        ? `"${part}" says nothing: name what is inside`
        : shape.test(part)
          ? null
          : `"${part}" is not snake_case`;
      if (message !== null) findings.push({ rule: "file_name", file: path, line: 0, message });
    }
  }
  return findings;
}
