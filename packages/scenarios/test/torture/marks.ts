// What the torture test's writers leave in a document.

import type { Doc } from "@holdfast/doc";
import type { Shown } from "../../src/document_history.ts";

/** The name of the text with marks in it. */
export const bodyName = "body";
/** The name of the map that has marks for keys. */
export const keysName = "marks";

/** Every mark in the document: in its text, in their order, and in its map. */
export function marksOf(doc: Doc): readonly Shown[] {
  const inText = doc
    .text(bodyName)
    .toString()
    .matchAll(/\[([^\]]*)\]/g);
  return [
    { object: bodyName, list: [...inText].map((match) => match[1]!) },
    { object: keysName, value: [...doc.map(keysName).keys()].sort() },
  ];
}
