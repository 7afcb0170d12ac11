// lock: package-lock.json knows every optional package that a package names, also
// those of other platforms. npm leaves out the ones that its registry did not
// serve, and then `npm ci` refuses the file. `npm run lock` adds them.

import type { Finding } from "../finding.ts";
import type { Tree } from "../tree.ts";

interface Lock {
  readonly packages: Readonly<Record<string, { optionalDependencies?: Record<string, string> }>>;
}

/** Finds optional packages without an entry. */
export function lock(tree: Tree): Finding[] {
  const file = "package-lock.json";
  const text = tree.texts.find(({ path }) => path === file)?.text;
  if (text === undefined) return [];
  const findings: Finding[] = [];
  const { packages } = JSON.parse(text) as Lock;
  for (const [at, { optionalDependencies }] of Object.entries(packages)) {
    for (const name of Object.keys(optionalDependencies ?? {})) {
      const places = [`node_modules/${name}`, `${at}/node_modules/${name}`];
      if (places.some((place) => Object.hasOwn(packages, place))) continue;
      const message = `no entry for ${name}: npm run lock`;
      findings.push({ rule: "lock", file, line: 0, message });
    }
  }
  return findings;
}
