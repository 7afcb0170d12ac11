// readme: each package says what it is. tools/test/readme.test.ts runs what it shows.

import type { Finding } from "../finding.ts";
import type { Tree } from "../tree.ts";

/** Finds packages without a README.md. */
export function readme(tree: Tree): Finding[] {
  return tree.packages
    .map(({ path }) => `${path}/README.md`)
    .filter((file) => !tree.paths.has(file))
    .map((file) => ({ rule: "readme", file, line: 0, message: "does not exist" }));
}
