// Patches: what one change, or one merge, did to what can be seen.

import type { Value } from "../content/value.ts";

/** A replacement in a text, by UTF-16 units. */
export interface TextEdit {
  readonly at: number;
  /** How many units go. */
  readonly deleted: number;
  /** What comes in their place. */
  readonly inserted: string;
}

/** Edits of one text. Each is by positions after those before it. */
export interface TextPatch {
  readonly container: string;
  readonly edits: readonly TextEdit[];
}

/** A replacement in a list. */
export interface ListEdit {
  readonly at: number;
  /** How many values go. */
  readonly deleted: number;
  /** What comes in their place. */
  readonly inserted: readonly Value[];
}

/** Edits of one list. Each is by positions after those before it. */
export interface ListPatch {
  readonly container: string;
  readonly edits: readonly ListEdit[];
}

/** Keys of one map that have, or may have, another value than before; undefined: none. */
export interface MapPatch {
  readonly container: string;
  readonly changes: readonly { readonly key: string; readonly value: Value | undefined }[];
}

/** What a subscriber gets: exactly one for each change, and for each merge that brought something. */
export interface Patch {
  /** `local`, `undo`, `redo`, `remote`, or what the caller of change or apply said. */
  readonly origin: string;
  /** Made by this replica. */
  readonly isLocal: boolean;
  /**
   * The step of undo that it made or joined, took back or made again: a number that no
   * other step of this replica has; null where it is none.
   */
  readonly step: number | null;
  readonly text: readonly TextPatch[];
  readonly list: readonly ListPatch[];
  readonly map: readonly MapPatch[];
}

/** What a patch says of where it came from. */
export type PatchSource = Pick<Patch, "origin" | "isLocal" | "step">;

/** Edits that do one after another what `edits` do; neighbours of one sweep become one. */
export class EditList {
  readonly #edits: TextEdit[] = [];

  /** The edits so far; the list itself. */
  get edits(): readonly TextEdit[] {
    return this.#edits;
  }

  /** Adds an edit by positions after those before it. */
  push(at: number, deleted: number, inserted: string): void {
    const last = this.#edits.at(-1);
    const joined = last === undefined ? null : join(last, at, deleted, inserted);
    if (joined === null) this.#edits.push({ at, deleted, inserted });
    else this.#edits[this.#edits.length - 1] = joined;
  }
}

function join(last: TextEdit, at: number, deleted: number, inserted: string): TextEdit | null {
  // Typing on, or replacing what stood after the last replacement.
  if (at === last.at + last.inserted.length) {
    return { at: last.at, deleted: last.deleted + deleted, inserted: last.inserted + inserted };
  }
  // Backspacing over what stood before a pure deletion.
  if (last.inserted === "" && inserted === "" && at + deleted === last.at) {
    return { at, deleted: last.deleted + deleted, inserted: "" };
  }
  return null;
}
