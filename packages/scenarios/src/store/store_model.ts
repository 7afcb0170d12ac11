// The naive store: rows in a Map, sorted when somebody asks. What a transaction did is
// a list of steps; the model does them again, and says where it finds something else.

import { crc32c, decodeUtf8 } from "@holdfast/std";

/** One call of a transaction, and what it found. Values as {@link valueText} has them. */
export type Step =
  | { readonly type: "get"; readonly key: string; readonly found: string | null }
  | {
      readonly type: "range";
      readonly start: string;
      readonly end: string;
      readonly limitRows: number;
      readonly isReverse: boolean;
      readonly found: string;
    }
  | { readonly type: "set"; readonly key: string; readonly value: string }
  | { readonly type: "clear_range"; readonly start: string; readonly end: string };

const shownBytes = 64;

/** A value as text: itself, or of a long one its beginning, size and checksum. */
export function valueText(value: Uint8Array): string {
  if (value.length <= shownBytes) return decodeUtf8(value);
  const start = decodeUtf8(value.subarray(0, shownBytes));
  return `${start}... ${value.length} bytes, checksum ${crc32c(value)}`;
}

/** Rows as text. */
export function rowsText(rows: readonly (readonly [key: string, value: string])[]): string {
  return rows.map(([key, value]) => `${key}=${value}`).join("\n");
}

/** Rows that change one step after another. */
export class StoreModel {
  readonly #rows: Map<string, string>;

  constructor(rows: Iterable<readonly [string, string]> = []) {
    this.#rows = new Map(rows);
  }

  /** All rows, in order. */
  get rows(): readonly (readonly [string, string])[] {
    return [...this.#rows].sort(([left], [right]) => (left < right ? -1 : 1));
  }

  /** Another one with the same rows. */
  fork(): StoreModel {
    return new StoreModel(this.#rows);
  }

  /** Does `steps`; the first find that differs, in words, or null. */
  replay(steps: readonly Step[]): string | null {
    for (const step of steps) {
      const wrong = this.#step(step);
      if (wrong !== null) return wrong;
    }
    return null;
  }

  #step(step: Step): string | null {
    switch (step.type) {
      case "set":
        this.#rows.set(step.key, step.value);
        return null;
      case "clear_range":
        for (const key of [...this.#rows.keys()]) {
          if (key >= step.start && key < step.end) this.#rows.delete(key);
        }
        return null;
      case "get": {
        const value = this.#rows.get(step.key) ?? null;
        return value === step.found ? null : differs(step.key, step.found, value);
      }
      case "range": {
        const { start, end, limitRows, isReverse } = step;
        const all = this.rows.filter(([key]) => key >= start && key < end);
        const value = rowsText((isReverse ? all.reverse() : all).slice(0, limitRows));
        return value === step.found ? null : differs(`${start} to ${end}`, step.found, value);
      }
    }
  }
}

function differs(where: string, found: string | null, value: string | null): string {
  return `${where} read as ${JSON.stringify(found)}, and was ${JSON.stringify(value)}`;
}
