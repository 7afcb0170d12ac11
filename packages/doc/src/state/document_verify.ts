// Whether a document file says of its texts and lists what its log adds up to.
//
// Reading believes the texts and lists in a file, since they are why it need not read the log.
// This reads the log, replays it, and compares: for a file that was away from home, or to
// find out whether a disk is well.

import { equalBytes, HoldfastError, isHoldfastError } from "@holdfast/std";
import { isListId } from "../content/container.ts";
import type { DocumentFile, FileText } from "../file/document_file.ts";
import { History } from "../history/history.ts";
import { DocumentState } from "./document_state.ts";

/**
 * Replays all of a file. O(history).
 *
 * @throws {HoldfastError} `corrupt` where its events can't have happened, or its texts or
 *   maps are not what they add up to.
 */
export function verifyDocument(file: DocumentFile): void {
  const history = new History();
  file.load(history);
  try {
    DocumentState.at(history, history.graph.frontier);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    throw new HoldfastError("corrupt", error.message, { cause: error });
  }
  const frontier = file.sealed.graph.heads.map(({ lv }) => lv);
  const state = DocumentState.at(history, frontier);
  const isAsSaid =
    state.sequences.ids().length === file.texts.length &&
    file.texts.every((text) => isWhatAddsUp(state, text)) &&
    state.maps.names().length === file.maps.length &&
    file.maps.every((name) => state.maps.map(name) !== null);
  if (!isAsSaid) {
    throw new HoldfastError("corrupt", "document file has texts that its log does not add up to");
  }
}

function isWhatAddsUp(state: DocumentState, text: FileText): boolean {
  return isListId(text.id)
    ? equalBytes(state.sequences.bytes(text.id), text.values().bytes())
    : state.sequences.toString(text.id) === text.text();
}
