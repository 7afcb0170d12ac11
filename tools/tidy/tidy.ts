// The house linter: holds the tree against layers.json and CONTRIBUTING.md.
//
// Biome sees one file at a time and the compiler sees types; this sees the house:
// who imports whom, what each package may touch, how files are named, whether
// documents and tests agree with the code. One rule, one file in rules/; each is
// proved by a violation planted in tools/test/tidy.test.ts.

import type { Finding } from "./finding.ts";
import { browserSafe } from "./rules/browser_safe.ts";
import { cycle } from "./rules/cycle.ts";
import { deepImport } from "./rules/deep_import.ts";
import { exportStar } from "./rules/export_star.ts";
import { fileName } from "./rules/file_name.ts";
import { fileSize } from "./rules/file_size.ts";
import { foreignWord } from "./rules/foreign_word.ts";
import { headComment } from "./rules/head_comment.ts";
import { levels } from "./rules/levels.ts";
import { link } from "./rules/link.ts";
import { lock } from "./rules/lock.ts";
import { manifest } from "./rules/manifest.ts";
import { marker } from "./rules/marker.ts";
import { outside } from "./rules/outside.ts";
import { pure } from "./rules/pure.ts";
import { countEdges, reach } from "./rules/reach.ts";
import { readme } from "./rules/readme.ts";
import { specId } from "./rules/spec_id.ts";
import { testOnly } from "./rules/test_only.ts";
import { readTree, type Tree } from "./tree.ts";

/** All rules, by name. */
export const rules: Readonly<Record<string, (tree: Tree) => Finding[]>> = {
  reach,
  levels,
  test_only: testOnly,
  manifest,
  cycle,
  deep_import: deepImport,
  browser_safe: browserSafe,
  outside,
  pure,
  head_comment: headComment,
  file_size: fileSize,
  file_name: fileName,
  export_star: exportStar,
  marker,
  foreign_word: foreignWord,
  spec_id: specId,
  link,
  lock,
  readme,
};

/** What a run found, and how much it read to find it. */
export interface Report {
  readonly findings: readonly Finding[];
  readonly files: number;
  readonly edges: number;
}

/** Holds the tree at `root` against every rule. */
export function tidy(root: string): Report {
  const tree = readTree(root);
  const findings = Object.values(rules).flatMap((rule) => rule(tree));
  return { findings, files: tree.code.length + tree.texts.length, edges: countEdges(tree) };
}
