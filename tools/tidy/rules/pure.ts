// pure: a pure package computes and nothing else; it never waits.

import ts from "typescript";
import { lineOf, visit } from "../code_file.ts";
import type { Finding } from "../finding.ts";
import type { Tree } from "../tree.ts";

/** Finds `async`, `await` and `Promise` in pure packages. */
export function pure(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const candidate of tree.packages) {
    if (!candidate.layer?.pure) continue;
    for (const file of candidate.src) {
      visit(file.syntax, (node) => {
        const waits =
          node.kind === ts.SyntaxKind.AsyncKeyword ||
          node.kind === ts.SyntaxKind.AwaitKeyword ||
          ts.isAwaitExpression(node) ||
          (ts.isIdentifier(node) && /^(Promise|queueMicrotask)$/.test(node.text));
        if (!waits) return;
        const message = `${candidate.folder} is pure and can't wait`;
        findings.push({ rule: "pure", file: file.path, line: lineOf(file.syntax, node), message });
      });
    }
  }
  return findings;
}
