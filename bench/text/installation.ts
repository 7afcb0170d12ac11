// What must be there before anything is measured: the peers, installed in this folder
// alone, and two bundles: the program of the measuring processes, and our library as an
// application ships it.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import type { PeerEntry } from "./peer.ts";
import { holdfast } from "./peers/holdfast.ts";

const here = import.meta.dirname;
const root = join(here, "../..");

/** Where bundles and conversions go. Never committed; can be deleted at any time. */
export const dist = join(here, "dist");

/** The measuring program. */
export const worker = join(dist, "worker.mjs");

/** Installs the peers unless they are there, and says so. */
export function installPeers(say: (line: string) => void): void {
  const lock = readFileSync(join(here, "package-lock.json"), "utf8");
  const installed = join(here, "node_modules/.package-lock.json");
  if (existsSync(installed) && isInstalled(lock, readFileSync(installed, "utf8"))) return;
  say("installing the peers into bench/text/node_modules (npm ci), 80 MB");
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: here,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string }>>;
}

function isInstalled(lock: string, installed: string): boolean {
  const { packages: wanted } = JSON.parse(lock) as Lock;
  const { packages: there } = JSON.parse(installed) as Lock;
  return Object.entries(wanted).every(
    ([path, { version }]) => path === "" || there[path]?.version === version,
  );
}

/** Bundles the measuring program, and our library beside it. */
export async function bundle(): Promise<void> {
  await build({
    entryPoints: [join(here, "worker.ts")],
    outfile: worker,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@holdfast/source"],
    logLevel: "warning",
  });
  await build({ ...libraryOptions(holdfast), outfile: join(dist, "ours.mjs") });
}

/** How a library is bundled for an application's users. */
export function libraryOptions({ imports }: PeerEntry): BuildOptions {
  return {
    stdin: { contents: imports, resolveDir: here, loader: "js" },
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    conditions: ["@holdfast/source"],
    absWorkingDir: root,
    logLevel: "error",
  };
}

/** A library's version; of ours, a word that changes with its code. */
export function versionOf({ package: name }: PeerEntry): string {
  if (name === null) {
    const code = readFileSync(join(dist, "ours.mjs"));
    return createHash("sha256").update(code).digest("hex").slice(0, 12);
  }
  const manifest = readFileSync(join(here, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
