// What a document of the scenarios is made of, and what it shows.

import type { EventId } from "@holdfast/causality";
import type { Doc } from "@holdfast/doc";
import type { Shown } from "../document_history.ts";

/** The name of a document's text. */
export const bodyName = "body";
/** The name of a document's map. */
export const factsName = "facts";

/** What `doc` shows. */
export function shownOf(doc: Doc): readonly Shown[] {
  const facts = doc.map(factsName);
  const entries = [...facts.keys()].map((key) => [key, facts.get(key)]);
  return [
    { object: bodyName, value: doc.text(bodyName).toString() },
    { object: factsName, value: Object.fromEntries(entries) },
  ];
}

/** The events that inserted what the text of `doc` shows. */
export function unitsOf(doc: Doc): readonly EventId[] {
  const text = doc.text(bodyName);
  return Array.from({ length: text.length }, (_, at) => text.cursor(at, "after").unit!);
}
