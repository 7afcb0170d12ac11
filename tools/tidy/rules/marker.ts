// marker: nothing is left for later in a comment, and no check is switched off in
// place. What can't be done now is told to people, not to the file.

import ts from "typescript";
import { type CodeFile, commentsOf, lineOf, visit } from "../code_file.ts";
import type { Finding } from "../finding.ts";
import type { Tree } from "../tree.ts";

const comments = /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck)|\b(biome|eslint)-(ignore|disable)/;

/** Finds marks for later, silenced checks, `as any`, and tests that are switched off or singled out. */
export function marker(tree: Tree): Finding[] {
  return tree.code.flatMap((file) => [...inComments(file), ...inCode(file)]);
}

function inComments({ path, syntax }: CodeFile): Finding[] {
  const findings: Finding[] = [];
  for (const { line, text } of commentsOf(syntax)) {
    const found = text.match(comments);
    if (found === null) continue;
    findings.push({ rule: "marker", file: path, line, message: `${found[0]} in a comment` });
  }
  return findings;
}

function inCode({ path, syntax }: CodeFile): Finding[] {
  const findings: Finding[] = [];
  visit(syntax, (node) => {
    const isCast = ts.isAsExpression(node) && node.type.kind === ts.SyntaxKind.AnyKeyword;
    const isSwitch =
      ts.isPropertyAccessExpression(node) &&
      /^(describe|it|test)\.(skip|only|todo)$/.test(node.getText(syntax));
    if (!isCast && !isSwitch) return;
    const message = isCast ? "as any" : `${node.getText(syntax)}: give a reason with skip(reason)`;
    findings.push({ rule: "marker", file: path, line: lineOf(syntax, node), message });
  });
  return findings;
}
