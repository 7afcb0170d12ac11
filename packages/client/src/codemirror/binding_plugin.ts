// The binding as a part of a CodeMirror editor, for as long as the editor is shown.

import { Facet } from "@codemirror/state";
import { type EditorView, logException, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import type { DocumentHandle } from "../document_handle.ts";
import { TextBinding } from "./text_binding.ts";

/** The text that an editor shows. */
export interface BoundText {
  readonly handle: DocumentHandle;
  readonly text: string;
}

/** Which text the editor shows; null for none. */
export const boundText = Facet.define<BoundText, BoundText | null>({
  combine: (values) => values[0] ?? null,
});

class BindingPlugin {
  readonly binding: TextBinding | null;
  #isPrepared = false;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(view: EditorView) {
    const bound = view.state.facet(boundText);
    this.binding =
      bound === null
        ? null
        : new TextBinding({
            ...bound,
            editor: view,
            after: (durationMs, work) => this.#after(durationMs, work),
            onError: (error) => logException(view.state, error, "Holdfast text"),
          });
    if (view.hasFocus) this.focused();
  }

  update({ transactions }: ViewUpdate): void {
    this.binding?.update(transactions);
  }

  /** Gets ready for the first key. */
  focused(): void {
    if (this.#isPrepared) return;
    this.#isPrepared = true;
    this.#after(0, () => this.binding?.prepare());
  }

  destroy(): void {
    this.binding?.close();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #after(durationMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, durationMs);
    this.#timers.add(timer);
  }
}

/** Holds the binding of a view. */
export const bindingPlugin = ViewPlugin.fromClass(BindingPlugin, {
  eventHandlers: {
    focus() {
      this.focused();
    },
  },
});
