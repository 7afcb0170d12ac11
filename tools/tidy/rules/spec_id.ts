// spec_id: each rule of a SPEC.md is proved by a test that carries its id in its
// title, and no title carries an id that the SPEC.md does not define.
//
// A SPEC.md defines an id, such as `SY4`, where it begins a line, after the signs
// of a heading, a list, a table or bold type. Its letters are then that package's
// own; ids with other letters in a title belong to a file's invariants.

import ts from "typescript";
import { type CodeFile, lineOf, visit } from "../code_file.ts";
import type { Finding } from "../finding.ts";
import type { Package, TextFile, Tree } from "../tree.ts";

const definition = /^[\s>#|*-]*([A-Z]{1,3})(\d{1,3})\b/;

interface Title {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** Finds rules without a test, tests of unknown rules, and rules defined twice. */
export function specId(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const candidate of tree.packages) {
    const path = `${candidate.path}/SPEC.md`;
    const spec = tree.texts.find((text) => text.path === path);
    if (spec !== undefined) findings.push(...compare(tree, candidate, spec));
  }
  return findings;
}

function compare(tree: Tree, of: Package, spec: TextFile): Finding[] {
  const findings: Finding[] = [];
  const defined = new Map<string, number>();
  const families = new Set<string>();
  for (const [index, line] of spec.text.split("\n").entries()) {
    const [, family, number] = line.match(definition) ?? [];
    if (family === undefined || number === undefined) continue;
    families.add(family);
    const id = family + number;
    if (defined.has(id)) {
      const message = `${id} is defined twice`;
      findings.push({ rule: "spec_id", file: spec.path, line: index + 1, message });
    }
    defined.set(id, index + 1);
  }
  // A suite that many drivers run lives in src, and other packages' tests may prove a rule.
  const own = [...of.src, ...of.test].flatMap(titlesOf);
  const all = [...own, ...tree.packages.flatMap(({ test }) => test).flatMap(titlesOf)];
  const proved = new Set(all.flatMap(({ text }) => idsIn(text)));
  for (const [id, line] of defined) {
    if (proved.has(id)) continue;
    const message = `no test carries ${id} in its title`;
    findings.push({ rule: "spec_id", file: spec.path, line, message });
  }
  for (const { file, line, text } of own) {
    for (const id of idsIn(text)) {
      if (!families.has(id.replace(/\d+$/, "")) || defined.has(id)) continue;
      const message = `${id} is not defined in ${spec.path}`;
      findings.push({ rule: "spec_id", file, line, message });
    }
  }
  return findings;
}

function idsIn(text: string): string[] {
  return text.match(/\b[A-Z]{1,3}\d{1,3}\b/g) ?? [];
}

/** First arguments of calls that begin with `test`, `it` or `describe`, `test.each(...)(title)` too. */
function titlesOf({ path, syntax }: CodeFile): Title[] {
  const titles: Title[] = [];
  visit(syntax, (node) => {
    if (!ts.isCallExpression(node)) return;
    if (!/^(test|it|describe|bench)\b/.test(node.expression.getText(syntax))) return;
    const [title] = node.arguments;
    const isText =
      title !== undefined && (ts.isStringLiteralLike(title) || ts.isTemplateExpression(title));
    if (!isText) return;
    titles.push({ file: path, line: lineOf(syntax, title), text: title.getText(syntax) });
  });
  return titles;
}
