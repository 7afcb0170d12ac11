// The tree that the rules look at: every file of the workspace, read once.

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type CodeFile, parseCodeFile } from "./code_file.ts";
import { type Layer, type Layers, parseLayers } from "./layers.ts";

/** A package.json, as far as the rules read it. */
export interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** One package of the workspace, or one app. */
export interface Package {
  /** Apps are entered by nobody. */
  readonly kind: "package" | "app";
  /** Name of its folder. */
  readonly folder: string;
  /** Path of its folder from the root: `packages/std`, `apps/workspace`. */
  readonly path: string;
  readonly manifest: Manifest;
  /** What layers.json says of it; undefined where it says nothing. */
  readonly layer: Layer | undefined;
  /** Its product code. */
  readonly src: readonly CodeFile[];
  /** Its tests. */
  readonly test: readonly CodeFile[];
}

/** Text that is not code: documentation and configuration. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Everything. */
export interface Tree {
  readonly root: string;
  readonly layers: Layers;
  /** The workspace's own package.json. */
  readonly manifest: Manifest;
  /** Packages and apps. */
  readonly packages: readonly Package[];
  /** All code: of packages, and of the tools around them. */
  readonly code: readonly CodeFile[];
  /** All other text. */
  readonly texts: readonly TextFile[];
  /** Path of every file and folder, from the root. */
  readonly paths: ReadonlySet<string>;
}

const foldersPassedOver = new Set(["node_modules", "dist", "coverage", ".git", "golden"]);
const codeEndings = /\.(ts|mts|tsx|mjs|js)$/;
const textEndings = /\.(md|json|ya?ml|sh|txt)$/;

/** Reads the workspace at `root`. */
export function readTree(root: string): Tree {
  const layers = parseLayers(readFileSync(join(root, "layers.json"), "utf8"));
  const paths = new Set<string>();
  listPaths(root, "", paths);
  const code: CodeFile[] = [];
  const texts: TextFile[] = [];
  for (const path of paths) {
    const isText = textEndings.test(path) || path === ".ci/run";
    if (codeEndings.test(path)) {
      code.push(parseCodeFile(path, readFileSync(join(root, path), "utf8")));
    } else if (isText) texts.push({ path, text: readFileSync(join(root, path), "utf8") });
  }
  const packages = (["packages", "apps"] as const).flatMap((place) =>
    [...paths]
      .filter((path) => path.startsWith(`${place}/`) && /^\w+\/[^/]+\/package\.json$/.test(path))
      .map((path) => readPackage({ root, place, folder: path.split("/")[1]!, code, layers })),
  );
  const manifest = readManifest(root, "package.json");
  return { root, layers, manifest, packages, code, texts, paths };
}

interface PackageSource {
  readonly root: string;
  readonly place: "packages" | "apps";
  readonly folder: string;
  readonly code: readonly CodeFile[];
  readonly layers: Layers;
}

function readPackage({ root, place, folder, code, layers }: PackageSource): Package {
  const path = `${place}/${folder}`;
  return {
    kind: place === "apps" ? "app" : "package",
    folder,
    path,
    manifest: readManifest(root, `${path}/package.json`),
    layer: layers[place].get(folder),
    src: code.filter((file) => file.path.startsWith(`${path}/src/`)),
    test: code.filter((file) => file.path.startsWith(`${path}/test/`)),
  };
}

function readManifest(root: string, path: string): Manifest {
  return JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;
}

function listPaths(root: string, folder: string, paths: Set<string>): void {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (foldersPassedOver.has(basename(path))) continue;
    if (entry.isDirectory()) listPaths(root, path, paths);
    if (entry.isDirectory() || entry.isFile()) paths.add(path);
  }
}
