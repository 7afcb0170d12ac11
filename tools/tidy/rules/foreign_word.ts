// foreign_word: code and documents speak of Holdfast alone. A path of the machine
// they were written on, an address of a package registry, or a word about how
// the work was organised means nothing to whoever reads them later.

import type { Finding } from "../finding.ts";
import type { Tree } from "../tree.ts";

const words: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  {
    pattern: /(?<![\w.$})-])\/(work|home|root|Users|tmp)\/\w/,
    message: "a path of one machine",
  },
  { pattern: /\bregistry\.(npmjs|yarnpkg)\.\w+/, message: "an address of a package registry" },
  { pattern: /"resolved": "https?:/, message: "an address of a package registry" },
  { pattern: /\bC[E]O\b|\bissues? #?\d|\bsub-?agents?\b/i, message: "how the work is organised" },
];

/** Finds such words in every file of the tree. */
export function foreignWord(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of [...tree.code, ...tree.texts]) {
    for (const [index, line] of text.split("\n").entries()) {
      for (const { pattern, message } of words) {
        const found = line.match(pattern);
        if (found === null) continue;
        const finding = { file: path, line: index + 1, message: `${message}: ${found[0]}` };
        findings.push({ rule: "foreign_word", ...finding });
      }
    }
  }
  return findings;
}
