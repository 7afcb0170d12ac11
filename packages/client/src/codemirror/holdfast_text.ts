// The extension that binds a CodeMirror editor to a text of a document.

import type { Extension } from "@codemirror/state";
import type { DocumentHandle } from "../document_handle.ts";
import { admission } from "./admission.ts";
import { bindingPlugin, boundText } from "./binding_plugin.ts";
import { undoCommands } from "./undo_commands.ts";

/** What to bind to. */
export interface HoldfastTextOptions {
  /** The open document. Stays the application's to close, after the editor. */
  readonly handle: DocumentHandle;
  /** Name of the text in it. */
  readonly text: string;
}

/** Binds an editor to a text of a document. */
export function holdfastText({ handle, text }: HoldfastTextOptions): Extension {
  return [boundText.of({ handle, text }), admission(), bindingPlugin, undoCommands()];
}
