// head_comment: a file opens by saying what it is. Tests say it by their names.

import type { Finding } from "../finding.ts";
import type { Tree } from "../tree.ts";

/** Finds files whose first line, after a `#!`, is not a comment. */
export function headComment(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of tree.code) {
    if (/\.test\.tsx?$/.test(path)) continue;
    const body = text.replace(/^#!.*\n/, "");
    if (/^\s*(\/\/ ?\S|\/\*)/.test(body)) continue;
    const message = "the file does not say what it is: begin with a comment";
    findings.push({ rule: "head_comment", file: path, line: 1, message });
  }
  return findings;
}
