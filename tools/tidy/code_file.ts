// One TypeScript or JavaScript file, parsed: its syntax tree and what it imports.
//
// The compiler's own parser reads it, so that no import hides in a form that a
// pattern would miss: `import`, `export from`, `import()`, `import("x").T`,
// `require()`, and a worker's `new URL("./x", import.meta.url)`.

import ts from "typescript";

/** Something that a file asks for. */
export interface ImportEdge {
  /** As it is written. */
  readonly specifier: string;
  /** Line from 1. */
  readonly line: number;
}

/** A parsed file. */
export interface CodeFile {
  /** Path from the root of the tree, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly syntax: ts.SourceFile;
  readonly imports: readonly ImportEdge[];
}

/** Parses `text` as the file at `path`. */
export function parseCodeFile(path: string, text: string): CodeFile {
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: ImportEdge[] = [];
  visit(syntax, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== null) imports.push({ specifier, line: lineOf(syntax, node) });
  });
  return { path, text, syntax, imports };
}

/** Calls `act` for `node` and everything below it, outer first. */
export function visit(node: ts.Node, act: (node: ts.Node) => void): void {
  act(node);
  ts.forEachChild(node, (child) => visit(child, act));
}

/** The line, from 1, on which `node` begins. */
export function lineOf(syntax: ts.SourceFile, node: ts.Node): number {
  return syntax.getLineAndCharacterOfPosition(node.getStart(syntax)).line + 1;
}

/** Every comment of the file, with the line from 1 on which it begins. */
export function commentsOf(syntax: ts.SourceFile): { line: number; text: string }[] {
  const ranges = new Map<number, ts.CommentRange>();
  const look = (node: ts.Node): void => {
    const leading = ts.getLeadingCommentRanges(syntax.text, node.pos) ?? [];
    const trailing = ts.getTrailingCommentRanges(syntax.text, node.end) ?? [];
    // A node may begin inside of a template, where `//` is text; only tokens count.
    const isText = node.kind === ts.SyntaxKind.JsxText || ts.isTemplateMiddleOrTemplateTail(node);
    if (!isText) for (const range of [...leading, ...trailing]) ranges.set(range.pos, range);
    for (const child of node.getChildren(syntax)) look(child);
  };
  look(syntax);
  return [...ranges.values()].map(({ pos, end }) => ({
    line: syntax.getLineAndCharacterOfPosition(pos).line + 1,
    text: syntax.text.slice(pos, end),
  }));
}

function specifierOf(node: ts.Node): string | null {
  if (ts.isImportDeclaration(node)) return literal(node.moduleSpecifier);
  if (ts.isExportDeclaration(node)) return literal(node.moduleSpecifier);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return literal(node.argument.literal);
  }
  if (ts.isExternalModuleReference(node)) return literal(node.expression);
  if (ts.isCallExpression(node) && isLoad(node.expression)) return literal(node.arguments[0]);
  if (ts.isNewExpression(node) && node.expression.getText() === "URL") {
    const [target, base] = node.arguments ?? [];
    return base?.getText() === "import.meta.url" ? literal(target) : null;
  }
  return null;
}

function isLoad(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || callee.getText() === "require";
}

function literal(node: ts.Node | undefined): string | null {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;
}
