// Which container an event edits.
//
// A text, a map and a list of one name are three things. What edits a map edits no text, so
// these two are known by their name alone. What deletes from a list says the same as what
// deletes from a text: so a list has an id of its own, its name behind half of a surrogate
// pair, which no name holds. Whatever is done to units of texts, by their numbers, is done to
// the values of lists without knowing of it.
//
// In formats an empty name, which no container has, says that the name behind it is a list's.

import { HoldfastError, type Reader, type Writer } from "@holdfast/std";
import { containerNameSizeBytesMax } from "./limits.ts";

const listMark = "\udc00";

/** The id of the list of this name. Those of texts and maps are their names. */
export function listId(name: string): string {
  return listMark + name;
}

/** Tells whether a container is a list. */
export function isListId(id: string): boolean {
  return id.charCodeAt(0) === 0xdc00;
}

/** The name of a container. */
export function containerName(id: string): string {
  return isListId(id) ? id.slice(1) : id;
}

/** Writes which container it is. */
export function writeContainer(writer: Writer, id: string): void {
  if (isListId(id)) writer.text("");
  writer.text(containerName(id));
}

/**
 * Reads what {@link writeContainer} wrote.
 *
 * @throws {HoldfastError} `corrupt`, `truncated`, `too_large`.
 */
export function readContainer(reader: Reader): string {
  const first = reader.text("container name", containerNameSizeBytesMax);
  if (first !== "") return first;
  const name = reader.text("list name", containerNameSizeBytesMax);
  if (name === "") throw new HoldfastError("corrupt", "container name is empty");
  return listId(name);
}
