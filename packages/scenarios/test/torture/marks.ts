// What the torture test's writers leave in a document, and a digest of it.

import { createHash } from "node:crypto";
import type { Doc } from "@holdfast/doc";

/** Every mark in the document, from its text and its map. */
export function marksOf(doc: Doc): string[] {
  const inText = [
    ...doc
      .text("body")
      .toString()
      .matchAll(/\[([^\]]*)\]/g),
  ].map((match) => match[1]!);
  return [...inText, ...doc.map("marks").keys()];
}

/** Equal for documents that read the same. */
export function digest(docs: readonly Doc[]): string {
  const hash = createHash("sha256");
  for (const doc of docs) {
    hash.update(JSON.stringify([doc.text("body").toString(), [...doc.map("marks").keys()].sort()]));
  }
  return hash.digest("hex").slice(0, 16);
}
