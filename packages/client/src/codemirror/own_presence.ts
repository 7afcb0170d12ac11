// Shows the others where one is: the selection, for as long as the editor has the focus.
//
// Without the focus one is still there, by name; while the page is hidden, not at all.
// What is shown is found out a moment after it changed, never between a key and its paint.

import { Facet } from "@codemirror/state";
import { type EditorView, logException, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import type { Value } from "@holdfast/doc";
import { isHoldfastError } from "@holdfast/std";
import { type BoundText, bindingPlugin, boundText, isBoundAnew } from "./binding_plugin.ts";
import { type PresenceOptions, peerSelection, presenceValue } from "./peer_presence.ts";

/** Who one is; null: nobody is shown. */
export const ownPresence = Facet.define<PresenceOptions, PresenceOptions | null>({
  combine: (values) => values[0] ?? null,
});

/** Most often that the selection is looked at. Presence sends no more than that either. */
const showIntervalMs = 100;

class OwnPresencePlugin {
  readonly #view: EditorView;
  // Where one is shown.
  #bound: BoundText | null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #shown = "";
  readonly #onVisibility = (): void => this.#show();

  constructor(view: EditorView) {
    this.#view = view;
    this.#bound = view.state.facet(boundText);
    view.dom.ownerDocument.addEventListener("visibilitychange", this.#onVisibility);
    this.#showSoon();
  }

  update(update: ViewUpdate): void {
    const { docChanged, selectionSet, focusChanged, startState, state } = update;
    if (isBoundAnew(update)) {
      this.#set(null);
      this.#bound = state.facet(boundText);
      this.#shown = "";
    }
    const isOther = startState.facet(ownPresence) !== state.facet(ownPresence);
    if (docChanged || selectionSet || focusChanged || isOther) this.#showSoon();
  }

  destroy(): void {
    this.#view.dom.ownerDocument.removeEventListener("visibilitychange", this.#onVisibility);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#set(null);
  }

  #showSoon(): void {
    this.#timer ??= setTimeout(() => this.#show(), showIntervalMs);
  }

  #show(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const view = this.#view;
    const own = view.state.facet(ownPresence);
    const bound = this.#bound;
    if (own === null || bound === null) return;
    if (view.dom.ownerDocument.visibilityState === "hidden") this.#set(null);
    else if (!view.hasFocus) this.#set(presenceValue(own, bound.text, null));
    else {
      const { anchor, head } = view.state.selection.main;
      const binding = view.plugin(bindingPlugin)?.binding;
      const place = (at: number): number => binding?.toDocument(at) ?? at;
      const text = bound.handle.doc.text(bound.text);
      const selection = peerSelection(text, place(anchor), place(head));
      this.#set(presenceValue(own, bound.text, selection));
    }
  }

  #set(value: Value | null): void {
    const shown = JSON.stringify(value);
    if (shown === this.#shown) return;
    this.#shown = shown;
    try {
      this.#bound?.handle.presence.set(value);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      logException(this.#view.state, error, "Holdfast presence");
    }
  }
}

/** Publishes the selection of a view. */
export const ownPresencePlugin = ViewPlugin.fromClass(OwnPresencePlugin);
