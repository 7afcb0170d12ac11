// file_size: a file that has grown past reading in a sitting is several files.

import type { Finding } from "../finding.ts";
import type { Tree } from "../tree.ts";

/** Most lines of a file of code. Most files should have 80 to 250. */
const fileLinesMax = 500;

/** Finds files that are too long. */
export function fileSize(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of tree.code) {
    const lines = text.split("\n").length - 1;
    if (lines <= fileLinesMax) continue;
    const message = `${lines} lines, at most ${fileLinesMax}: split it by noun`;
    findings.push({ rule: "file_size", file: path, line: 0, message });
  }
  return findings;
}
