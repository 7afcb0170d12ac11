// export_star: a public surface is a list of names, which a person can review.

import ts from "typescript";
import { lineOf, visit } from "../code_file.ts";
import type { Finding } from "../finding.ts";
import type { Tree } from "../tree.ts";

/** Finds `export *` in product code. */
export function exportStar(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const file of tree.packages.flatMap(({ src }) => src)) {
    visit(file.syntax, (node) => {
      if (!ts.isExportDeclaration(node)) return;
      if (node.exportClause !== undefined && !ts.isNamespaceExport(node.exportClause)) return;
      const line = lineOf(file.syntax, node);
      findings.push({ rule: "export_star", file: file.path, line, message: "list the names" });
    });
  }
  return findings;
}
