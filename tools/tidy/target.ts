// Where an import leads.

import { builtinModules } from "node:module";
import { posix } from "node:path";
import type { CodeFile, ImportEdge } from "./code_file.ts";
import type { Package, Tree } from "./tree.ts";

/** What an import asks for. */
export type Target =
  /** A file of this tree, by relative path. */
  | { readonly kind: "file"; readonly path: string }
  /** A package of this workspace, by name; `subpath` is `.` or `./something`. */
  | { readonly kind: "workspace"; readonly folder: string; readonly subpath: string }
  /** A part of Node, without `node:`. */
  | { readonly kind: "builtin"; readonly name: string }
  /** An external package. */
  | { readonly kind: "library"; readonly name: string };

/** Finds out where `edge` of `file` leads. Existence is not checked. */
export function targetOf(tree: Tree, file: CodeFile, edge: ImportEdge): Target {
  const { specifier } = edge;
  if (specifier.startsWith(".") || specifier.startsWith("/")) {
    return { kind: "file", path: posix.join(posix.dirname(file.path), specifier) };
  }
  if (specifier.startsWith("node:")) return { kind: "builtin", name: specifier.slice(5) };
  if (builtinModules.includes(specifier)) return { kind: "builtin", name: specifier };
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  const found = tree.packages.find((candidate) => candidate.manifest.name === name);
  const folder = found?.folder ?? name.match(/^@holdfast\/(.+)$/)?.[1];
  if (folder === undefined) return { kind: "library", name };
  return { kind: "workspace", folder, subpath: `.${specifier.slice(name.length)}` };
}

/** The package that holds `path`, if one does. */
export function packageOf(tree: Tree, path: string): Package | undefined {
  return tree.packages.find((candidate) => path.startsWith(`${candidate.path}/`));
}

/** The source file behind a subpath of a package, as its package.json names it. */
export function exportedSource(of: Package, subpath: string): string | undefined {
  const conditions = of.manifest.exports?.[subpath] as Record<string, string> | undefined;
  const source = conditions?.["@holdfast/source"];
  return source === undefined ? undefined : posix.join(of.path, source);
}

/** Tells whether `file` lies in a folder of its package that may touch the outside. */
export function mayTouchOutside(of: Package, file: CodeFile): boolean {
  return (of.layer?.outside ?? []).some((folder) =>
    file.path.startsWith(posix.join(of.path, "src", folder, "/")),
  );
}
