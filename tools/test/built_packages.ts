// The packages as they are published, in a workspace of their own: built from a copy,
// whose sources are then taken away, and given to a folder as an installer would.

import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The repository that the tests run in. */
export const repository = join(import.meta.dirname, "../..");

/** What the tests read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** All packages, by the name of their folder. */
export const manifests: ReadonlyMap<string, Manifest> = new Map(
  readdirSync(join(repository, "packages")).map((folder) => [
    folder,
    readManifest(join(repository, "packages", folder)),
  ]),
);

/** Builds all packages in a folder of their own; gives that. Takes as long as the compiler does. */
export function buildPackages(): string {
  const root = mkdtempSync(join(tmpdir(), "holdfast-build-"));
  for (const file of ["layers.json", "tsconfig.base.json", "package.json"]) {
    cpSync(join(repository, file), join(root, file));
  }
  const parts = ["src", "bin", "package.json", "tsconfig.json", "tsconfig.browser.json"];
  for (const folder of manifests.keys()) {
    for (const part of parts) {
      const path = join("packages", folder, part);
      if (!existsSync(join(repository, path))) continue;
      cpSync(join(repository, path), join(root, path), { recursive: true });
    }
  }
  const modules = join(root, "node_modules");
  mkdirSync(join(modules, "@holdfast"), { recursive: true });
  for (const entry of readdirSync(join(repository, "node_modules"))) {
    if (entry === "@holdfast" || entry === "holdfast" || entry.startsWith(".")) continue;
    symlinkSync(join(repository, "node_modules", entry), join(modules, entry));
  }
  for (const [folder, { name }] of manifests) {
    symlinkSync(join(root, "packages", folder), join(modules, name));
  }
  execFileSync(process.execPath, [join(repository, "tools/build.mjs"), root], { stdio: "pipe" });
  for (const folder of manifests.keys()) {
    rmSync(join(root, "packages", folder, "src"), { recursive: true });
  }
  return root;
}

/**
 * Copies packages of `root`, and all that they depend on, into the node_modules of
 * `folder`: of our own what is published and nothing else.
 */
export function installPackages(root: string, folder: string, names: readonly string[]): void {
  for (const name of names) {
    const from = join(root, "node_modules", name);
    const to = join(folder, "node_modules", name);
    if (existsSync(to)) continue;
    const { files, dependencies } = readManifest(from);
    const isOurs = name === "holdfast" || name.startsWith("@holdfast/");
    const parts = isOurs ? ["package.json", ...(files ?? [])] : ["."];
    for (const part of parts) {
      cpSync(join(from, part), join(to, part), { recursive: true, dereference: true });
    }
    installPackages(root, folder, Object.keys(dependencies ?? {}));
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}
