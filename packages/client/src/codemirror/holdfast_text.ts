// A CodeMirror 6 editor on a text of a document: one extension.
//
//   const text = handle.doc.text("body").toString();
//   new EditorView({ doc: text, extensions: [holdfastText({ handle, text: "body" })], parent });
//
// What it does:
// - Editor and text are kept equal, by the smallest edits, positions being UTF-16 units on
//   both sides. text_binding.ts says how.
// - Undo and redo are the document's: one's own changes only, whatever others did since,
//   with the selection as it was. CodeMirror's `history()` is not needed beside it, and
//   would undo others' edits.
// - With `presence`, others see one's name and selection, and one sees theirs.
// - What is typed or pasted has "\r\n" and "\r" made "\n", and no half of a surrogate pair.
//
// What it is not: it loads nothing (the handle is open, and stays the application's to
// close), shows no status, and knows no rich text. Undo is one for the document: a change of
// a map, or from another editor on it, is a step like any other.

import type { Extension } from "@codemirror/state";
import type { DocumentHandle } from "../documents/document_handle.ts";
import { admission } from "./admission.ts";
import { bindingPlugin, boundText } from "./binding_plugin.ts";
import { ownPresence, ownPresencePlugin } from "./own_presence.ts";
import { peersPlugin } from "./peer_carets.ts";
import { peerLayers } from "./peer_layers.ts";
import type { PresenceOptions } from "./peer_presence.ts";
import { undoCommands } from "./undo_commands.ts";

/** What to bind to. */
export interface HoldfastTextOptions {
  /** The open document. The application closes it, after it destroyed the editor. */
  readonly handle: DocumentHandle;
  /** Name of the text in it. */
  readonly text: string;
  /** Who one is to the others, who then are seen, too; without it nobody is. */
  readonly presence?: PresenceOptions;
}

/**
 * Binds an editor to a text of a document, until the view is destroyed or given another one.
 *
 * The editor's initial text is `handle.doc.text(text).toString()`; another is replaced
 * by it at once, and so is what an editor shows that is reconfigured with another handle
 * or text. An edit that the document refuses (its handle was closed) is taken out
 * of the editor again, and the error goes to CodeMirror's `EditorView.exceptionSink`.
 *
 * Cost: an edit takes time that does not grow with the text; the first one that can be undone, or
 * the first selection that is shown, replays the document's history once.
 */
export function holdfastText({ handle, text, presence }: HoldfastTextOptions): Extension {
  const shown = [ownPresencePlugin, peersPlugin, peerLayers()];
  return [
    boundText.of({ handle, text }),
    admission(),
    bindingPlugin,
    undoCommands(),
    presence === undefined ? [] : [ownPresence.of(presence), shown],
  ];
}
