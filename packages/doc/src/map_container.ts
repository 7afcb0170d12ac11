// Maps: what an application sees of a map container.

import type { EventId } from "@holdfast/causality";
import { decodeValue, encodeValue, type Value } from "./content/value.ts";
import type { Editor } from "./editor.ts";
import type { History } from "./history/history.ts";
import type { DocumentState } from "./state/document_state.ts";
import { winningHead } from "./state/map_state.ts";

/** One of several values that were set to a key at once. */
export interface Conflict {
  /** The event that set it. */
  readonly id: EventId;
  /** Undefined: the key was deleted. */
  readonly value: Value | undefined;
}

/** A map on one version, to read. */
export class MapView {
  readonly name: string;
  readonly #history: History;
  readonly #state: DocumentState;

  constructor(name: string, history: History, state: DocumentState) {
    this.name = name;
    this.#history = history;
    this.#state = state;
  }

  /** How many keys have a value. O(keys). */
  get size(): number {
    return this.keys().length;
  }

  /** The value of `key`, a copy; undefined where it has none. */
  get(key: string): Value | undefined {
    return this.#state.maps.value(this.name, key);
  }

  /** Keys that have a value, in order of UTF-16 units. O(keys). */
  keys(): readonly string[] {
    const map = this.#state.maps.map(this.name);
    if (map === null) return [];
    const keys = [...map.keys()].filter(
      (key) => this.#state.maps.encodedValue(map.heads(key)) !== null,
    );
    return keys.sort((a, b) => (a < b ? -1 : 1));
  }

  /** Keys with their values, in order of keys. */
  entries(): readonly (readonly [string, Value])[] {
    return this.keys().map((key) => [key, this.get(key)!] as const);
  }

  /** A plain object of keys and values. */
  toJSON(): { readonly [key: string]: Value } {
    return Object.fromEntries(this.entries());
  }

  /**
   * What was set to `key` by writers who did not know of one another: the value that
   * won first, then the others in order of agents. Empty where nobody set it; one
   * where nobody disagrees.
   */
  conflicts(key: string): readonly Conflict[] {
    const heads = this.#state.maps.map(this.name)?.heads(key) ?? [];
    if (heads.length === 0) return [];
    const { graph } = this.#history;
    const winner = winningHead(graph, heads);
    const conflicts = heads.map((lv) => {
      const encoded = this.#state.maps.setBy(lv);
      const value = encoded === null ? undefined : decodeValue(encoded);
      return { lv, id: graph.id(lv), value };
    });
    conflicts.sort((a, b) => {
      if (a.lv === winner || b.lv === winner) return a.lv === winner ? -1 : 1;
      return a.id.agent < b.id.agent ? -1 : 1;
    });
    return conflicts.map(({ id, value }) => ({ id, value }));
  }
}

/**
 * A map that merges: of values set at once, the one of the greatest Lamport time
 * and then agent wins, and the others stay readable. An edit outside of `Doc.change`
 * is a change of its own.
 */
export class MapContainer extends MapView {
  readonly #editor: Editor;
  readonly #change: (fn: () => void) => void;

  constructor(name: string, editor: Editor, change: (fn: () => void) => void) {
    super(name, editor.history, editor.state);
    this.#editor = editor;
    this.#change = change;
  }

  /**
   * Sets `key` (at most 1,000 bytes), whatever it was.
   *
   * @throws {HoldfastError} `invalid_argument` or `too_large`, as {@link encodeValue}.
   */
  set(key: string, value: Value): void {
    const encoded = encodeValue(value);
    this.#change(() => this.#editor.set(this.name, key, encoded));
  }

  /** Takes the value of `key` away. Does nothing where it has none. */
  delete(key: string): void {
    if (this.get(key) === undefined) return;
    this.#change(() => this.#editor.set(this.name, key, null));
  }
}
