// The binding as a part of a CodeMirror editor, for as long as the editor is shown.

import { Facet } from "@codemirror/state";
import { type EditorView, logException, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import type { DocumentHandle } from "../documents/document_handle.ts";
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

/** Tells whether an editor was given another text, as by `StateEffect.reconfigure`. */
export function isBoundAnew({ startState, state }: ViewUpdate): boolean {
  const [before, now] = [startState.facet(boundText), state.facet(boundText)];
  return before?.handle !== now?.handle || before?.text !== now?.text;
}

class BindingPlugin {
  binding: TextBinding | null = null;
  #isPrepared = false;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(view: EditorView) {
    this.#bind(view);
  }

  update(update: ViewUpdate): void {
    // What came together with another text is for that one to keep or replace.
    if (isBoundAnew(update)) this.#bind(update.view);
    else this.binding?.update(update.transactions);
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

  #bind(view: EditorView): void {
    this.binding?.close();
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
    this.#isPrepared = false;
    if (view.hasFocus) this.focused();
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
