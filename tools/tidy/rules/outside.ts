// outside: clock, chance, timers, sockets, files, processes and the console are
// touched only in the folders that layers.json names. Everyone else is handed a
// World; otherwise a run could not be simulated, nor replayed from its seed.

import ts from "typescript";
import { type CodeFile, lineOf, visit } from "../code_file.ts";
import type { Finding } from "../finding.ts";
import { mayTouchOutside, targetOf } from "../target.ts";
import type { Package, Tree } from "../tree.ts";

const globals = new Set([
  ..."Buffer BroadcastChannel Date EventSource MessageChannel WebSocket Worker".split(" "),
  ..."XMLHttpRequest cancelAnimationFrame clearImmediate clearInterval clearTimeout".split(" "),
  ..."console crypto document fetch global globalThis indexedDB localStorage".split(" "),
  ..."navigator performance process requestAnimationFrame self sessionStorage".split(" "),
  ..."setImmediate setInterval setTimeout window".split(" "),
]);
const members = new Set(["Math.random", "AbortSignal.timeout"]);
const modules = new Set([
  ..."child_process cluster crypto dgram dns fs fs/promises http http2 https inspector".split(" "),
  ..."net os perf_hooks process readline repl timers timers/promises tls tty v8 vm".split(" "),
  "worker_threads",
]);

/** Finds product code that touches the outside where it may not. */
export function outside(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const candidate of tree.packages) {
    for (const file of candidate.src) {
      if (!mayTouchOutside(candidate, file)) findings.push(...look(tree, candidate, file));
    }
  }
  return findings;
}

function look(tree: Tree, of: Package, file: CodeFile): Finding[] {
  const findings: Finding[] = [];
  const add = (line: number, name: string) =>
    findings.push({
      rule: "outside",
      file: file.path,
      line,
      message: `${name} touches the outside, which ${of.folder} may do only in: ${allowed(of)}`,
    });
  for (const edge of file.imports) {
    const target = targetOf(tree, file, edge);
    if (target.kind === "builtin" && modules.has(target.name)) add(edge.line, edge.specifier);
  }
  const own = namesDeclaredIn(file.syntax);
  visit(file.syntax, (node) => {
    if (ts.isPropertyAccessExpression(node) && members.has(node.getText())) {
      add(lineOf(file.syntax, node), node.getText());
    }
    if (!ts.isIdentifier(node) || !globals.has(node.text) || own.has(node.text)) return;
    if (isReference(node)) add(lineOf(file.syntax, node), node.text);
  });
  return findings;
}

function allowed(of: Package): string {
  return of.layer?.outside.join(", ") || "no folder";
}

/** Names that the file binds itself, by declaration, parameter or import; what is only `declare`d is the global. */
function namesDeclaredIn(syntax: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  visit(syntax, (node) => {
    const isDeclaration =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isImportClause(node) ||
      ts.isBindingElement(node);
    if (!isDeclaration || node.name === undefined || !ts.isIdentifier(node.name)) return;
    if (!isDeclared(node)) names.add(node.name.text);
  });
  return names;
}

function isDeclared(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
    const modifiers = ts.canHaveModifiers(at) ? ts.getModifiers(at) : undefined;
    if (modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)) return true;
  }
  return false;
}

/** Tells a use of the global from a member, a label or a type of the same name. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isQualifiedName(parent) || ts.isTypeReferenceNode(parent)) return false;
  if (ts.isTypeQueryNode(parent) || ts.isTypeParameterDeclaration(parent)) return false;
  const named = parent as unknown as { readonly name?: ts.Node; readonly propertyName?: ts.Node };
  return named.name !== node && named.propertyName !== node;
}
