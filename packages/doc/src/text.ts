// Texts: what an application sees of a text container.

import type { Cursor, Side } from "./cursor.ts";
import { cursorAt, cursorPosition } from "./cursor_place.ts";
import type { Editor } from "./editor.ts";
import type { DocumentState } from "./state/document_state.ts";

/** A text on one version, to read. Positions are UTF-16 units. */
export class TextView {
  readonly name: string;
  readonly #state: DocumentState;

  constructor(name: string, state: DocumentState) {
    this.name = name;
    this.#state = state;
  }

  /** UTF-16 units. */
  get length(): number {
    return this.#state.sequences.length(this.name);
  }

  /** The units `from` up to, not including, `to`; both are brought into range. */
  slice(from: number, to: number = this.length): string {
    const start = Math.max(0, from);
    return this.#state.sequences.slice(
      this.name,
      start,
      Math.max(start, Math.min(to, this.length)),
    );
  }

  /** The whole text. O(length). */
  toString(): string {
    return this.#state.sequences.toString(this.name);
  }

  /**
   * How many code points begin before unit `at`, which is brought into range. O(at) in a document
   * that ever held a surrogate pair, else O(1).
   */
  codePointIndex(at: number): number {
    return this.#state.sequences.codePointsBefore(
      this.name,
      Math.max(0, Math.min(at, this.length)),
    );
  }

  /**
   * The unit at which the code point begins that `index` others stand before, which is brought into
   * range; the length behind the last one. As {@link codePointIndex}.
   */
  unitIndex(index: number): number {
    return this.#state.sequences.codePointStart(
      this.name,
      Math.max(0, Math.min(index, this.length)),
    );
  }
}

/** Makes an edit of the text `name`. */
type Splice = (name: string, at: number, deleted: number, inserted: string) => void;

/**
 * A text that merges. An edit outside of `Doc.change` is a change of its own.
 *
 * Every edit throws {@link HoldfastError} `invalid_argument`, and changes nothing,
 * where a position is out of range or inside of a surrogate pair, or inserted text
 * holds half of one.
 */
export class Text extends TextView {
  readonly #editor: Editor;
  readonly #splice: Splice;

  constructor(name: string, editor: Editor, splice: Splice) {
    super(name, editor.state);
    this.#editor = editor;
    this.#splice = splice;
  }

  /** Inserts `text` before unit `at`, 0 to length. */
  insert(at: number, text: string): void {
    this.#splice(this.name, at, 0, text);
  }

  /** Deletes `length` units from unit `at` on. */
  delete(at: number, length: number): void {
    this.#splice(this.name, at, length, "");
  }

  /** Deletes `length` units from unit `at` on, and inserts `text` in their place. */
  splice(at: number, length: number, text: string): void {
    this.#splice(this.name, at, length, text);
  }

  /**
   * A place that stays where it is while the text changes. The first call, here or
   * of {@link position}, replays the document's history once.
   */
  cursor(at: number, side: Side): Cursor {
    return cursorAt(this.#editor, this.name, at, side);
  }

  /**
   * Where `cursor` is now, 0 to length; null where its unit is not known here, or is not
   * of this text. What this replica's undo brought back stands for what it had been.
   */
  position(cursor: Cursor): number | null {
    return cursorPosition(this.#editor, this.name, cursor);
  }
}
