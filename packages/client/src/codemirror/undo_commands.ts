// Undo and redo, however they are asked for: by a command, by a key, or in the browser's menu.

import { type Extension, Prec } from "@codemirror/state";
import { type Command, EditorView, keymap } from "@codemirror/view";
import { bindingPlugin } from "./binding_plugin.ts";

/**
 * Undoes the latest change that was made to the document here: what others wrote stays.
 * The selection is put where it was before. False where there is nothing to undo, or the
 * editor is read-only.
 */
export const undo: Command = (view) => move(view, "undo");

/** Makes again what was undone last, unless something was changed since; as {@link undo}. */
export const redo: Command = (view) => move(view, "redo");

/** Keys and menu entries for {@link undo} and {@link redo}. */
export function undoCommands(): Extension {
  return [
    // Before the keys of CodeMirror's own history, which knows nothing of what is here.
    Prec.high(
      keymap.of([
        { key: "Mod-z", run: undo, preventDefault: true },
        { key: "Mod-y", mac: "Mod-Shift-z", run: redo, preventDefault: true },
        { key: "Mod-Shift-z", run: redo, preventDefault: true },
      ]),
    ),
    EditorView.domEventHandlers({
      beforeinput: (event, view) => {
        const command = { historyUndo: undo, historyRedo: redo }[event.inputType];
        if (command === undefined) return false;
        event.preventDefault();
        command(view);
        return true;
      },
    }),
  ];
}

function move(view: EditorView, direction: "undo" | "redo"): boolean {
  if (view.state.readOnly) return false;
  return view.plugin(bindingPlugin)?.binding?.[direction]() ?? false;
}
