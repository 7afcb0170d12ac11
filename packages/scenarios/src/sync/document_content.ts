// What a document of the scenarios is made of, and what it shows.

import type { EventId } from "@holdfast/causality";
import type { Doc, List, Text } from "@holdfast/doc";
import type { Shown } from "../document_history.ts";

/** The name of a document's text. */
export const bodyName = "body";
/** The name of a document's map. */
export const factsName = "facts";

/** The name of a document's list. */
export const wordsName = "words";

/** What `doc` shows. */
export function shownOf(doc: Doc): readonly Shown[] {
  const facts = doc.map(factsName);
  const entries = [...facts.keys()].map((key) => [key, facts.get(key)]);
  return [
    { object: bodyName, value: doc.text(bodyName).toString() },
    { object: factsName, value: Object.fromEntries(entries) },
    { object: wordsName, value: doc.list(wordsName).toArray() },
  ];
}

/** The events that inserted what an object shows. */
export interface Units {
  readonly object: string;
  readonly units: readonly EventId[];
}

/** The events that inserted what the text and the list of `doc` show. */
export function unitsOf(doc: Doc): readonly Units[] {
  const [text, list] = [doc.text(bodyName), doc.list(wordsName)];
  return [
    { object: bodyName, units: unitsIn(text) },
    { object: wordsName, units: unitsIn(list) },
  ];
}

function unitsIn(sequence: Pick<Text | List, "length" | "cursor">): readonly EventId[] {
  return Array.from({ length: sequence.length }, (_, at) => sequence.cursor(at, "after").unit!);
}
