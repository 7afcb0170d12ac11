// Lists: what an application sees of a list container.

import { listId } from "./content/container.ts";
import type { Value } from "./content/value.ts";
import { ValueLog } from "./content/value_log.ts";
import type { Cursor, Side } from "./cursor.ts";
import { cursorAt, cursorPosition } from "./cursor_place.ts";
import type { Editor } from "./editor.ts";
import type { DocumentState } from "./state/document_state.ts";

/** A list on one version, to read. What it gives out are copies. */
export class ListView {
  readonly name: string;
  readonly #id: string;
  readonly #state: DocumentState;

  constructor(name: string, state: DocumentState) {
    this.name = name;
    this.#id = listId(name);
    this.#state = state;
  }

  /** How many values. */
  get length(): number {
    return this.#state.sequences.length(this.#id);
  }

  /** The value `at`; undefined where there is none. */
  get(at: number): Value | undefined {
    return Number.isInteger(at) ? this.slice(at, at + 1)[0] : undefined;
  }

  /** The values `from` up to, not including, `to`; both are made whole numbers in range. */
  slice(from: number, to: number = this.length): Value[] {
    const start = Math.max(0, Math.trunc(from));
    const end = Math.max(start, Math.min(Math.trunc(to), this.length));
    return this.#state.sequences.values(this.#id, start, end);
  }

  /** All values. O(their bytes). */
  toArray(): Value[] {
    return this.slice(0);
  }

  /** The values one after another, as they are when the first is asked for. */
  [Symbol.iterator](): IterableIterator<Value> {
    return this.toArray().values();
  }
}

/**
 * A list that merges: values in the order that texts have of their characters, so that what is
 * inserted in one go stays together. An edit outside of `Doc.change` is a change of its own.
 *
 * Every edit throws {@link HoldfastError}, and changes nothing: `invalid_argument` where a
 * position is out of range; `invalid_argument` or `too_large` for a value, as {@link encodeValue}.
 */
export class List extends ListView {
  readonly #editor: Editor;
  readonly #id: string;
  readonly #change: (fn: () => void) => void;

  constructor(name: string, editor: Editor, change: (fn: () => void) => void) {
    super(name, editor.state);
    this.#editor = editor;
    this.#id = listId(name);
    this.#change = change;
  }

  /** Inserts `values` before the value `at`, 0 to length. */
  insert(at: number, ...values: readonly Value[]): void {
    this.splice(at, 0, values);
  }

  /** Adds `values` at the end. */
  push(...values: readonly Value[]): void {
    this.splice(this.length, 0, values);
  }

  /** Deletes `count` values from the value `at` on. */
  delete(at: number, count = 1): void {
    this.splice(at, count, []);
  }

  /**
   * Puts `value` in the place of the value `at`: deletes that and inserts this, in one change. Of two
   * who do it to one value at once, both values stay, one behind the other.
   */
  set(at: number, value: Value): void {
    this.splice(at, 1, [value]);
  }

  /** Deletes `count` values from the value `at` on, and inserts `values` in their place. */
  splice(at: number, count: number, values: readonly Value[]): void {
    const log = ValueLog.of(values);
    this.#change(() => this.#editor.replace(this.#id, at, count, log));
  }

  /** A place that stays where it is while the list changes. Costs as `Text.cursor`. */
  cursor(at: number, side: Side): Cursor {
    return cursorAt(this.#editor, this.#id, at, side);
  }

  /** Where `cursor` is now, 0 to length; null as for `Text.position`. */
  position(cursor: Cursor): number | null {
    return cursorPosition(this.#editor, this.#id, cursor);
  }
}
