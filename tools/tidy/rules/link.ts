// link: a link from a document to a file of this tree leads somewhere.

import { posix } from "node:path";
import type { Finding } from "../finding.ts";
import type { Tree } from "../tree.ts";

/** Finds links, in Markdown, to paths that do not exist. Addresses of the web are not followed. */
export function link(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of tree.texts) {
    if (!path.endsWith(".md")) continue;
    for (const [index, line] of text.split("\n").entries()) {
      for (const [, to] of line.matchAll(/\]\(([^)\s]+)\)/g)) {
        const place = to!.replace(/#.*$/, "");
        if (place === "" || /^[a-z]+:/.test(place)) continue;
        const target = posix.join(posix.dirname(path), place).replace(/\/$/, "");
        if (tree.paths.has(target) || target === ".") continue;
        const message = `${to} does not exist`;
        findings.push({ rule: "link", file: path, line: index + 1, message });
      }
    }
  }
  return findings;
}
