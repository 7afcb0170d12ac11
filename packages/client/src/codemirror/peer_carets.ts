// Where the others are: which carets an editor shows, by its own positions.
//
// A peer's cursors say where it is on any version, so positions are looked up when a peer
// moves and when a patch comes; what is typed here only moves them.

import { type EditorState, StateEffect, StateField } from "@codemirror/state";
import { type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { encodeCursor } from "@holdfast/doc";
import { bindingPlugin, boundText, isBoundAnew } from "./binding_plugin.ts";
import { type Peer, peersDrawnMax, readPeer } from "./peer_presence.ts";
import { readableColor } from "./readable_color.ts";
import { fromDocument } from "./text_binding.ts";

/** A peer, where it is now. */
export interface PeerCaret {
  /** Whose; the same for as long as the peer is there. */
  readonly key: string;
  readonly name: string;
  /** As `#rrggbb`, readable. */
  readonly color: string;
  readonly colorLight: string;
  readonly anchor: number;
  readonly head: number;
  /** How often the peer moved by itself. */
  readonly moves: number;
}

const setCarets = StateEffect.define<readonly PeerCaret[]>();

const caretsField = StateField.define<readonly PeerCaret[]>({
  create: () => [],
  update(carets, { changes, docChanged, effects }) {
    for (const effect of effects) if (effect.is(setCarets)) return effect.value;
    if (!docChanged || carets.length === 0) return carets;
    return carets.map((caret) => ({
      ...caret,
      anchor: changes.mapPos(caret.anchor),
      head: changes.mapPos(caret.head),
    }));
  },
});

/** The carets that an editor shows, at most {@link peersDrawnMax}. */
export function peerCarets(state: EditorState): readonly PeerCaret[] {
  return state.field(caretsField, false) ?? [];
}

class PeersPlugin {
  readonly #view: EditorView;
  #unsubscribe: () => void = () => {};
  readonly #places = new Map<string, { place: string; moves: number }>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(view: EditorView) {
    this.#view = view;
    this.#listen();
  }

  update(update: ViewUpdate): void {
    if (isBoundAnew(update)) this.#listen();
    const isTold = update.transactions.some((one) => one.annotation(fromDocument) !== undefined);
    if (isTold) this.#lookSoon();
  }

  destroy(): void {
    this.#unsubscribe();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #listen(): void {
    this.#unsubscribe();
    const bound = this.#view.state.facet(boundText);
    this.#unsubscribe = bound?.handle.presence.subscribe(() => this.#lookSoon()) ?? (() => {});
    this.#lookSoon();
  }

  // Later, since an editor takes nothing while it updates; and once for all that came by then.
  #lookSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      const carets = this.#look();
      if (!equal(carets, peerCarets(this.#view.state))) {
        this.#view.dispatch({ effects: setCarets.of(carets) });
      }
    }, 0);
  }

  #look(): readonly PeerCaret[] {
    const bound = this.#view.state.facet(boundText);
    if (bound === null) return [];
    const carets: PeerCaret[] = [];
    const here = new Set<string>();
    for (const [name, value] of bound.handle.presence.peers()) {
      if (carets.length >= peersDrawnMax) break;
      const key = String(name);
      const peer = readPeer(value, bound.text);
      const caret = peer === null ? null : this.#caret(key, peer);
      if (caret === null) continue;
      here.add(key);
      carets.push(caret);
    }
    for (const key of this.#places.keys()) if (!here.has(key)) this.#places.delete(key);
    return carets;
  }

  // Null where the peer stands behind something that has not come yet.
  #caret(key: string, { name, color, colorLight, selection }: Peer): PeerCaret | null {
    const { handle, text } = this.#view.state.facet(boundText)!;
    const anchor = handle.doc.text(text).position(selection.anchor);
    const head = handle.doc.text(text).position(selection.head);
    if (anchor === null || head === null) return null;
    const binding = this.#view.plugin(bindingPlugin)?.binding;
    const shown = (at: number): number => binding?.toEditor(at) ?? at;
    const place = encodeCursor(selection.head).join();
    const known = this.#places.get(key);
    const moves = known === undefined ? 0 : known.moves + (known.place === place ? 0 : 1);
    this.#places.set(key, { place, moves });
    return {
      key,
      name,
      color: readableColor(color),
      colorLight,
      anchor: shown(anchor),
      head: shown(head),
      moves,
    };
  }
}

/** Keeps the carets of a view. */
export const peersPlugin = ViewPlugin.fromClass(PeersPlugin, { provide: () => caretsField });

function equal(some: readonly PeerCaret[], others: readonly PeerCaret[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}
