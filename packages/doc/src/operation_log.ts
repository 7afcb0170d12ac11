// What each held event did, by local number, run-length encoded.
//
// Rows are stretches less what the event graph knows (who, upon what): typing a
// word is one row, whoever else typed between two of its letters meanwhile.
// Inserted text lies in a ContentLog, so a row stays small and cuts are free.

import type { LocalRange } from "@holdfast/causality";
import { assert, unreachable } from "@holdfast/std";
import { ContentLog } from "./content_log.ts";
import type { Operation } from "./operation.ts";

/** What the events `start` up to, not including, `end` do. Shapes as in operation.ts. */
export type OperationRow =
  | {
      readonly type: "insert";
      readonly start: number;
      readonly end: number;
      readonly container: string;
      readonly at: number;
      /** Where the text of the event `start` lies in the content log. */
      readonly content: number;
    }
  | {
      readonly type: "delete";
      readonly start: number;
      readonly end: number;
      readonly container: string;
      readonly at: number;
      readonly backward: boolean;
    }
  | {
      readonly type: "set";
      readonly start: number;
      readonly end: number;
      readonly container: string;
      readonly key: string;
      readonly value: Uint8Array | null;
    }
  | { readonly type: "merge"; readonly start: number; readonly end: number };

type Mutable<Row> = { -readonly [Key in keyof Row]: Row[Key] };
type MutableRow = OperationRow extends infer Row
  ? Row extends unknown
    ? Mutable<Row>
    : never
  : never;

/** Operations of dense local numbers; grows at the end. */
export class OperationLog {
  readonly #rows: MutableRow[] = [];
  readonly #content = new ContentLog();
  #end = 0;

  /** How many rows it takes. */
  get rowCount(): number {
    return this.#rows.length;
  }

  /** Adds what the next events do. O(inserted text). */
  append(operation: Operation): void {
    const start = this.#end;
    const last = this.#rows.at(-1);
    switch (operation.type) {
      case "insert": {
        const { container, at, text } = operation;
        const content = this.#content.size;
        const end = start + text.length;
        if (
          last?.type === "insert" &&
          last.container === container &&
          at === last.at + (start - last.start)
        ) {
          last.end = end;
        } else {
          this.#rows.push({ type: "insert", start, end, container, at, content });
        }
        this.#content.append(text);
        this.#end = end;
        return;
      }
      case "delete": {
        const { container, at, length, backward } = operation;
        const end = start + length;
        if (last?.type === "delete" && last.container === container && joins(last, operation)) {
          last.backward = at !== last.at;
          last.end = end;
        } else {
          this.#rows.push({ type: "delete", start, end, container, at, backward });
        }
        this.#end = end;
        return;
      }
      case "set": {
        const { container, key, value } = operation;
        this.#rows.push({ type: "set", start, end: start + 1, container, key, value });
        this.#end = start + 1;
        return;
      }
      case "merge":
        this.#rows.push({ type: "merge", start, end: start + 1 });
        this.#end = start + 1;
        return;
      default:
        unreachable(operation);
    }
  }

  /** Index of the row that holds `lv`. O(log rows), O(1) for the last. */
  rowIndex(lv: number): number {
    assert(lv >= 0 && lv < this.#end, "G2: no such operation");
    let low = 0;
    let high = this.#rows.length - 1;
    if (this.#rows[high]!.start <= lv) return high;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#rows[middle]!.start <= lv) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The row at `index`. */
  row(index: number): OperationRow {
    return this.#rows[index]!;
  }

  /** The rows of `range`, clipped to it, in order. O(log rows + rows found). */
  rows(range: LocalRange): readonly OperationRow[] {
    const found: OperationRow[] = [];
    if (range.start >= range.end) return found;
    for (let index = this.rowIndex(range.start); index < this.#rows.length; index += 1) {
      const row = this.#rows[index]!;
      if (row.start >= range.end) break;
      found.push(clipRow(row, Math.max(row.start, range.start), Math.min(row.end, range.end)));
    }
    return found;
  }

  /** The text that `row` inserts. O(length). */
  text(row: OperationRow & { readonly type: "insert" }): string {
    return this.#content.slice(row.content, row.content + (row.end - row.start));
  }

  /** The unit that the event `lv` inserts; null where it does something else. */
  unit(lv: number): number | null {
    const row = this.#rows[this.rowIndex(lv)]!;
    return row.type === "insert" ? this.#content.unit(row.content + (lv - row.start)) : null;
  }

  /** `row` as an operation of its own. */
  operation(row: OperationRow): Operation {
    switch (row.type) {
      case "insert":
        return { type: "insert", container: row.container, at: row.at, text: this.text(row) };
      case "delete": {
        const { container, at, backward } = row;
        const length = row.end - row.start;
        return { type: "delete", container, at, length, backward: backward && length > 1 };
      }
      case "set":
        return { type: "set", container: row.container, key: row.key, value: row.value };
      case "merge":
        return { type: "merge" };
      default:
        return unreachable(row);
    }
  }

  /** Forgets the events from `end` on. */
  truncate(end: number): void {
    for (
      let last = this.#rows.at(-1);
      last !== undefined && last.end > end;
      last = this.#rows.at(-1)
    ) {
      if (last.type === "insert") {
        this.#content.truncate(last.content + Math.max(0, end - last.start));
      }
      if (last.start >= end) {
        this.#rows.pop();
        continue;
      }
      last.end = end;
      if (last.type === "delete" && end - last.start === 1) last.backward = false;
    }
    this.#end = end;
  }
}

function clipRow(row: OperationRow, start: number, end: number): OperationRow {
  if (start === row.start && end === row.end) return row;
  const skipped = start - row.start;
  switch (row.type) {
    case "insert":
      return { ...row, start, end, at: row.at + skipped, content: row.content + skipped };
    case "delete":
      return { ...row, start, end, at: row.backward ? row.at - skipped : row.at };
    case "set":
    case "merge":
      return row;
    default:
      return unreachable(row);
  }
}

// Tells whether a delete continues a row in one direction.
function joins(
  row: OperationRow & { readonly type: "delete" },
  next: Operation & { readonly type: "delete" },
): boolean {
  const length = row.end - row.start;
  const forward = (length === 1 || !row.backward) && (next.length === 1 || !next.backward);
  if (forward && next.at === row.at) return true;
  const backward = (length === 1 || row.backward) && (next.length === 1 || next.backward);
  return backward && next.at === row.at - length;
}
