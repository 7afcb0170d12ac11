// What was done to the visible state since some point: for the patch that tells of
// it, and for taking it back.

import { containerName, isListId } from "../content/container.ts";
import type { Value } from "../content/value.ts";
import {
  EditList,
  type ListPatch,
  type MapPatch,
  type Patch,
  type PatchSource,
  type TextEdit,
  type TextPatch,
} from "./patch.ts";

/** One edit of a text with what it replaced; of a list, as sequences.ts makes a text of it. */
interface DoneEdit {
  readonly container: string;
  readonly at: number;
  readonly deletedText: string;
  readonly inserted: string;
}

/** What a record is read back into. */
export interface Revertible {
  replace(container: string, at: number, length: number, text: string): void;
  restore(container: string, key: string, heads: readonly number[]): void;
}

/** What a record takes the values for a patch from. */
export interface VisibleValues {
  readonly maps: {
    /** What a key of a map has now. */
    value(container: string, key: string): Value | undefined;
  };
  readonly sequences: {
    /** The values that units of a list stand for. */
    valuesOf(units: string): readonly Value[];
  };
}

/** Collects edits in the order in which they were made. */
export class ChangeRecord {
  readonly #done: DoneEdit[] = [];
  /** For each map and key, its heads before. */
  readonly #maps = new Map<string, Map<string, readonly number[]>>();

  /** Notes an edit of a text. */
  text(container: string, at: number, deletedText: string, inserted: string): void {
    this.#done.push({ container, at, deletedText, inserted });
  }

  /** Notes that a key of a map was set, and its heads before that. */
  map(container: string, key: string, headsBefore: readonly number[]): void {
    let keys = this.#maps.get(container);
    if (keys === undefined) {
      keys = new Map();
      this.#maps.set(container, keys);
    }
    if (!keys.has(key)) keys.set(key, headsBefore);
  }

  /** For each map and key that was set, its heads before. */
  *mapsBefore(): IterableIterator<{ container: string; key: string; heads: readonly number[] }> {
    for (const [container, keys] of this.#maps) {
      for (const [key, heads] of keys) yield { container, key, heads };
    }
  }

  /** Takes everything back, last first. */
  revert(target: Revertible): void {
    for (let index = this.#done.length - 1; index >= 0; index -= 1) {
      const { container, at, inserted, deletedText } = this.#done[index]!;
      target.replace(container, at, inserted.length, deletedText);
    }
    for (const { container, key, heads } of this.mapsBefore()) {
      target.restore(container, key, heads);
    }
  }

  /** The patch. */
  patch(source: PatchSource, visible: VisibleValues): Patch {
    const texts = new Map<string, EditList>();
    for (const { container, at, deletedText, inserted } of this.#done) {
      let edits = texts.get(container);
      if (edits === undefined) {
        edits = new EditList();
        texts.set(container, edits);
      }
      edits.push(at, deletedText.length, inserted);
    }
    const text: TextPatch[] = [];
    const list: ListPatch[] = [];
    for (const [container, { edits }] of texts) {
      if (!isListId(container)) text.push({ container, edits });
      else {
        const ofValues = ({ at, deleted, inserted }: TextEdit) => ({
          at: at / 2,
          deleted: deleted / 2,
          inserted: visible.sequences.valuesOf(inserted),
        });
        list.push({ container: containerName(container), edits: edits.map(ofValues) });
      }
    }
    const map: MapPatch[] = [];
    for (const [container, keys] of this.#maps) {
      const changes = [...keys.keys()].map((key) => ({
        key,
        value: visible.maps.value(container, key),
      }));
      map.push({ container, changes });
    }
    return { ...source, text, list, map };
  }
}
