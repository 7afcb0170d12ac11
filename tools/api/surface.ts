// The public surface of the packages, as text.
//
// For each name that a package exports: its declaration, as the compiler writes it
// for users, without comments. A person reads the difference when it changes; what
// isn't listed is nobody's to rely on.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

/** What users can import from one package. */
export interface Surface {
  /** Name of the package's folder. */
  readonly folder: string;
  /** The text that stands in api/. */
  readonly text: string;
}

interface Entry {
  readonly folder: string;
  /** As users write it: `@holdfast/store/conformance`. */
  readonly specifier: string;
  readonly path: string;
}

/** Declarations of one file, by the name they have inside of it. */
type Declarations = ReadonlyMap<string, string>;

/** Reads the surface of every package below `root`/packages that exports something. */
export function readSurfaces(root: string): Surface[] {
  const entries = readEntries(root);
  const program = ts.createProgram(
    entries.map(({ path }) => path),
    compilerOptions(root),
  );
  const declarations = new Map<string, Declarations>();
  const folders = [...new Set(entries.map(({ folder }) => folder))];
  return folders.map((folder) => {
    const own = entries.filter((entry) => entry.folder === folder);
    const sections = own.map((entry) => describe(root, program, entry, declarations));
    return { folder, text: sections.join("\n") };
  });
}

function readEntries(root: string): Entry[] {
  const entries: Entry[] = [];
  for (const folder of readdirSync(join(root, "packages")).sort()) {
    const manifest = JSON.parse(
      readFileSync(join(root, "packages", folder, "package.json"), "utf8"),
    ) as { name: string; exports?: Record<string, { "@holdfast/source": string }> };
    for (const [subpath, conditions] of Object.entries(manifest.exports ?? {})) {
      const specifier = manifest.name + subpath.slice(1);
      const path = join(root, "packages", folder, conditions["@holdfast/source"]);
      entries.push({ folder, specifier, path });
    }
  }
  return entries;
}

function compilerOptions(root: string): ts.CompilerOptions {
  const path = join(root, "tsconfig.json");
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(path, ts.sys.readFile).config,
    ts.sys,
    root,
  );
  // Some entries are for browsers.
  const lib = [...(options.lib ?? []), "lib.dom.d.ts"];
  const emit = { lib, noEmit: false, declaration: true, emitDeclarationOnly: true };
  return { ...options, ...emit, removeComments: true, rootDir: root, outDir: root };
}

function describe(
  root: string,
  program: ts.Program,
  entry: Entry,
  declarations: Map<string, Declarations>,
): string {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry.path);
  const module = source && checker.getSymbolAtLocation(source);
  const lines: string[] = [];
  for (const exported of module === undefined ? [] : checker.getExportsOfModule(module)) {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    const file = symbol.declarations?.[0]?.getSourceFile();
    if (file === undefined) throw new Error(`${entry.specifier} exports unknown ${exported.name}`);
    const place = relative(root, file.fileName);
    if (!place.startsWith(`packages/${entry.folder}/src/`)) {
      lines.push(`${exported.name}: from ${place.replace(/^packages\/([^/]+)\/.*/, "$1")}`);
      continue;
    }
    if (!declarations.has(place)) declarations.set(place, declarationsOf(program, file));
    const text = declarations.get(place)?.get(symbol.name);
    if (text === undefined) throw new Error(`no declaration of ${symbol.name} in ${place}`);
    lines.push(exported.name === symbol.name ? text : `${exported.name} = ${text}`);
  }
  return `# ${entry.specifier}\n\n${lines.sort().join("\n") || "nothing"}\n`;
}

function declarationsOf(program: ts.Program, file: ts.SourceFile): Declarations {
  let text = "";
  program.emit(file, (_path, content) => {
    text = content;
  });
  const syntax = ts.createSourceFile("x.d.ts", text, ts.ScriptTarget.Latest, true);
  const found = new Map<string, string>();
  for (const statement of syntax.statements) {
    for (const name of namesOf(statement)) {
      const before = found.has(name) ? `${found.get(name)}\n` : "";
      found.set(name, before + plain(statement.getText()));
    }
  }
  return found;
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as { readonly name?: ts.Node };
  return name === undefined ? [] : [name.getText()];
}

/** Without what every declaration has, nor what users can't see. */
function plain(text: string): string {
  return text
    .replace(/^export (declare )?/, "")
    .replace(/\n\s*(#private|private [^\n]*);/g, "")
    .replaceAll("    ", "  ");
}
