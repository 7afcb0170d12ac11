// What each held event did, by local number, run-length encoded.
//
// Rows are stretches less what the event graph knows (who, upon what): typing a
// word is one row, whoever else typed between two of its letters meanwhile. They lie in
// one typed array, 16 bytes each; a row ends where the next one starts. Inserted text
// lies in a ContentLog, and values of lists in a ValueLog, so a row stays small and cuts are free.
//
// A log that was read from a file begins sealed, as its event graph does: rows of the file are
// read when somebody asks for one.
//
// Hot paths read columns by a row's index; everybody else asks for rows as objects.

import type { LocalRange } from "@holdfast/causality";
import { assert, findRow, HoldfastError, unreachable, withRoom } from "@holdfast/std";
import { isListId } from "../content/container.ts";
import { ContentLog } from "../content/content_log.ts";
import { containersMax } from "../content/limits.ts";
import { ValueLog } from "../content/value_log.ts";
import {
  type Content,
  joinedDelete,
  type Operation,
  operationTags,
  type StretchRow,
} from "./operation.ts";
import type { OperationRow } from "./operation_row.ts";
import type { PlainBatch } from "./plain_batch.ts";

/** The beginning of a log, of which the rows are elsewhere. */
export interface SealedOperations {
  readonly size: number;
  readonly rowCount: number;
  /** Units of all text that it inserts. */
  readonly units: number;
  /** Whether there may be a surrogate among them. */
  readonly hasSurrogates: boolean;
  /** Values that it inserts into lists. */
  readonly values: number;
  /** Ids of containers, by index. */
  readonly containers: readonly string[];
  /** The same as a log that is all there. Its errors come out of whatever needed a row. */
  open(): OperationLog;
}

interface Setting {
  readonly key: string;
  readonly value: Uint8Array | null;
}

// Columns of a row.
const startColumn = 0;
// What it does, as in `operationTags`, and 8 times the container's index.
const tagColumn = 1;
const atColumn = 2;
// Of an insert, where its text or its values lie; of a set, the index of what it sets.
const contentColumn = 3;
const columns = 4;

/** Operations of dense local numbers; grows at the end. */
export class OperationLog {
  // The beginning, while it is sealed; then `rows` are those behind it, and so is all else.
  #sealed: SealedOperations | null;
  #rows = new Int32Array(16 * columns);
  #rowCount = 0;
  #content: ContentLog;
  #values: ValueLog;
  #settings: Setting[] = [];
  readonly #containers: string[] = [];
  readonly #containerIndexes = new Map<string, number>();
  // The container that was asked for last: nearly always the next one too.
  #lastName = "";
  #lastIndex = -1;
  #end = 0;

  /** @param sealed - What it begins with. */
  constructor(sealed: SealedOperations | null = null) {
    this.#sealed = sealed;
    this.#content = new ContentLog(sealed?.units, sealed?.hasSurrogates);
    this.#values = new ValueLog(sealed?.values);
    if (sealed === null) return;
    this.#end = sealed.size;
    this.#rowCount = sealed.rowCount;
    for (const name of sealed.containers) this.#indexOf(name);
  }

  /** How many events are held. */
  get size(): number {
    return this.#end;
  }

  /** How many events insert a unit or a value. */
  get insertCount(): number {
    return this.#content.size + this.#values.size;
  }

  /** How many rows it takes. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Ids of containers, by index, in order of first use. */
  get containers(): readonly string[] {
    return this.#containers;
  }

  /** The index of a container, which is given one where it has none. */
  containerIndex(name: string): number {
    if (name === this.#lastName) return this.#lastIndex;
    const index = this.#indexOf(name);
    this.#lastName = name;
    this.#lastIndex = index;
    return index;
  }

  /** @throws {HoldfastError} `too_large` where `name` would be one container too many. O(1). */
  checkContainer(name: string): void {
    const isKnown = name === this.#lastName || this.#containerIndexes.has(name);
    if (isKnown || this.#containers.length < containersMax) return;
    const sentence = `document of more than ${containersMax} texts, lists and maps`;
    throw new HoldfastError("too_large", sentence);
  }

  #indexOf(name: string): number {
    const known = this.#containerIndexes.get(name);
    if (known !== undefined) return known;
    const index = this.#containers.push(name) - 1;
    this.#containerIndexes.set(name, index);
    return index;
  }

  /** Adds what the next events do: those of `row` but the first `skipped`. O(inserted text). */
  append(row: StretchRow, skipped = 0): void {
    const { tag } = row;
    const length = row.length - skipped;
    switch (tag) {
      case operationTags.insert: {
        const from = row.textFrom + skipped;
        const container = this.containerIndex(row.container);
        if (isListId(row.container)) {
          this.appendValues(container, row.at + skipped, row.values, from, from + length);
        } else this.appendInsert(container, row.at + skipped, row.text, from, from + length);
        return;
      }
      case operationTags.delete:
        this.appendDelete(this.containerIndex(row.container), tag, row.at, length);
        return;
      case operationTags.deleteBackward: {
        const left = length === 1 ? operationTags.delete : tag;
        this.appendDelete(this.containerIndex(row.container), left, row.at - skipped, length);
        return;
      }
      case operationTags.merge:
        this.#addRow(tag, 0, 0);
        this.#end += 1;
        return;
      default: {
        const content = this.#settings.push({ key: row.key, value: row.value }) - 1;
        this.#addRow(tag + 8 * this.containerIndex(row.container), 0, content);
        this.#end += 1;
      }
    }
  }

  /** Adds events that insert the units `from` up to, not including, `to` of `text`, at least one, into a text by its index. */
  appendInsert(container: number, at: number, text: string, from = 0, to = text.length): void {
    this.#openInsert(container, at, this.#content.size);
    this.#content.append(text, from, to);
    this.#end += to - from;
  }

  /** As {@link appendInsert}, for some of `values` and a list. */
  appendValues(container: number, at: number, values: ValueLog, from: number, to: number): void {
    this.#openInsert(container, at, this.#values.size);
    this.#values.append(values, from, to);
    this.#end += to - from;
  }

  /** Adds plain stretches, of a container by its index; they insert units of `text` from `textFrom` on. O(stretches, units). */
  appendPlain(container: number, batch: PlainBatch, text: string, textFrom: number): void {
    const { columns: stretches, count } = batch;
    let content = this.#content.size;
    this.#content.append(text, textFrom, textFrom + batch.units);
    for (let index = 0; index < count; index += 1) {
      const tag = stretches[3 * index]!;
      const at = stretches[3 * index + 1]!;
      const length = stretches[3 * index + 2]!;
      if (tag !== operationTags.insert) {
        this.appendDelete(container, tag, at, length);
        continue;
      }
      this.#openInsert(container, at, content);
      content += length;
      this.#end += length;
    }
  }

  /** Adds events that delete `length` units, at least 1; `tag` says which way. */
  appendDelete(container: number, tag: number, at: number, length: number): void {
    const joined = this.#joinedTag(container, tag, at, length);
    if (joined < 0) this.#addRow(tag + 8 * container, at, 0);
    else this.#rows[this.#rowOf(this.#rowCount - 1) + tagColumn] = joined + 8 * container;
    this.#end += length;
  }

  /** Index of the row that holds `lv`. O(log rows), O(1) for the last. */
  rowIndex(lv: number): number {
    assert(lv >= 0 && lv < this.#end, "G2: no such operation");
    if (this.#sealed !== null && lv < this.#sealed.size) this.#open();
    const first = this.#sealed?.rowCount ?? 0;
    return first + findRow(this.#rows, columns, this.#rowCount - first, lv);
  }

  /** First event of the row at `index`. */
  rowStart(index: number): number {
    const row = this.#openRow(index);
    return this.#rows[row + startColumn]!;
  }

  /** The number after the last event of the row at `index`. */
  rowEnd(index: number): number {
    return index + 1 < this.#rowCount ? this.rowStart(index + 1) : this.#end;
  }

  /** What the row at `index` does: one of `operationTags`. */
  rowKind(index: number): number {
    const row = this.#openRow(index);
    return this.#rows[row + tagColumn]! & 7;
  }

  /** Index of the container of the row at `index`; of a merge, of no meaning. */
  rowContainer(index: number): number {
    const row = this.#openRow(index);
    return this.#rows[row + tagColumn]! >> 3;
  }

  /** Where the first event of the row at `index`, an insert or a delete, does it. */
  rowAt(index: number): number {
    const row = this.#openRow(index);
    return this.#rows[row + atColumn]!;
  }

  /** Where in {@link content}, or {@link values}, what the row at `index`, an insert, inserts begins. */
  rowContent(index: number): number {
    const row = this.#openRow(index);
    return this.#rows[row + contentColumn]!;
  }

  /** All text that was ever inserted, but for that of a sealed beginning. */
  get content(): ContentLog {
    return this.#content;
  }

  /** All values that were ever inserted into lists, but for those of a sealed beginning. */
  get values(): ValueLog {
    return this.#values;
  }

  /** The row at `index`. */
  row(index: number): OperationRow {
    return this.#clipped(index, this.rowStart(index), this.rowEnd(index));
  }

  /** The rows of `range`, clipped to it, in order. O(log rows + rows found). */
  rows(range: LocalRange): readonly OperationRow[] {
    const found: OperationRow[] = [];
    if (range.start >= range.end) return found;
    for (let index = this.rowIndex(range.start); index < this.#rowCount; index += 1) {
      const start = this.rowStart(index);
      if (start >= range.end) break;
      const end = Math.min(this.rowEnd(index), range.end);
      found.push(this.#clipped(index, Math.max(start, range.start), end));
    }
    return found;
  }

  /** What `row` inserts. O(length) for text. */
  inserted({
    container,
    content,
    start,
    end,
  }: OperationRow & { readonly type: "insert" }): Content {
    const source = isListId(container) ? this.#values : this.#content;
    return source.slice(content, content + (end - start));
  }

  /** All text that the events from `start` on insert, one after another. O(rows, length). */
  insertedSince(start: number): string {
    return this.#content.slice(this.#firstInsert(start, false), this.#content.size);
  }

  /** All values that the events from `start` on insert, one after another. O(rows). */
  valuesSince(start: number): ValueLog {
    return this.#values.slice(this.#firstInsert(start, true), this.#values.size);
  }

  /** The unit that the event `lv` inserts into a text; null where it does something else. */
  unit(lv: number): number | null {
    const index = this.rowIndex(lv);
    if (this.rowKind(index) !== operationTags.insert || this.#isList(index)) return null;
    return this.#content.unit(this.rowContent(index) + (lv - this.rowStart(index)));
  }

  /** `row` as an operation of its own. */
  operation(row: OperationRow): Operation {
    switch (row.type) {
      case "insert":
        return {
          type: "insert",
          container: row.container,
          at: row.at,
          content: this.inserted(row),
        };
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

  /**
   * Forgets the events from `end` on, none of which is of a sealed beginning, and all containers but the
   * first `containerCount`, which no others edit.
   */
  truncate(end: number, containerCount: number): void {
    while (this.#end > end) {
      const last = this.#rowCount - 1;
      const start = this.rowStart(last);
      const kind = this.rowKind(last);
      if (kind === operationTags.insert) {
        const log = this.#isList(last) ? this.#values : this.#content;
        log.truncate(this.rowContent(last) + Math.max(0, end - start));
      }
      if (start < end) {
        if (kind === operationTags.deleteBackward && end - start === 1) {
          this.#rows[this.#rowOf(last) + tagColumn]! += operationTags.delete - kind;
        }
        break;
      }
      if (kind === operationTags.set || kind === operationTags.unset) this.#settings.pop();
      this.#rowCount = last;
      this.#end = start;
    }
    this.#end = Math.min(this.#end, end);
    for (const name of this.#containers.splice(containerCount)) this.#containerIndexes.delete(name);
    if (this.#lastIndex >= containerCount) {
      this.#lastName = "";
      this.#lastIndex = -1;
    }
  }

  #clipped(index: number, start: number, end: number): OperationRow {
    const rowStart = this.rowStart(index);
    const skipped = start - rowStart;
    const kind = this.rowKind(index);
    if (kind === operationTags.merge) return { type: "merge", start, end };
    const container = this.#containers[this.rowContainer(index)]!;
    switch (kind) {
      case operationTags.insert: {
        const at = this.rowAt(index) + skipped;
        return {
          type: "insert",
          start,
          end,
          container,
          at,
          content: this.rowContent(index) + skipped,
        };
      }
      case operationTags.delete:
        return { type: "delete", start, end, container, at: this.rowAt(index), backward: false };
      case operationTags.deleteBackward: {
        const at = this.rowAt(index) - skipped;
        return { type: "delete", start, end, container, at, backward: true };
      }
      default: {
        const { key, value } = this.#settings[this.rowContent(index)]!;
        return { type: "set", start, end, container, key, value };
      }
    }
  }

  // Where in the content, or the values, lies what the events from `start` on insert first.
  #firstInsert(start: number, isList: boolean): number {
    const first = start < this.#end ? this.rowIndex(start) : this.#rowCount;
    for (let index = first; index < this.#rowCount; index += 1) {
      if (this.rowKind(index) !== operationTags.insert || this.#isList(index) !== isList) continue;
      return this.rowContent(index) + Math.max(0, start - this.rowStart(index));
    }
    return isList ? this.#values.size : this.#content.size;
  }

  // Tells whether the row at `index` edits a list.
  #isList(index: number): boolean {
    return isListId(this.#containers[this.rowContainer(index)]!);
  }

  // Sees to it that the last row is one that an insert at `at` continues, or a new one.
  #openInsert(container: number, at: number, content: number): void {
    const tag = operationTags.insert + 8 * container;
    const row = this.#rowOf(this.#rowCount - 1);
    const rows = this.#rows;
    const continues =
      row >= 0 &&
      rows[row + tagColumn] === tag &&
      at - rows[row + atColumn]! === this.#end - rows[row]!;
    if (!continues) this.#addRow(tag, at, content);
  }

  // Which way the last row goes if a delete continues it; -1 where it does not.
  #joinedTag(container: number, tag: number, at: number, length: number): number {
    const last = this.#rowCount - 1;
    if (this.#rowOf(last) < 0 || this.rowContainer(last) !== container) return -1;
    const lastLength = this.#end - this.rowStart(last);
    return joinedDelete(this.rowKind(last), lastLength, tag, length, this.rowAt(last) - at);
  }

  // Where in `rows` the row at `index` is; less than 0 where it is sealed.
  #rowOf(index: number): number {
    return (index - (this.#sealed?.rowCount ?? 0)) * columns;
  }

  // As `rowOf`; opens what is sealed.
  #openRow(index: number): number {
    const row = this.#rowOf(index);
    if (row >= 0) return row;
    this.#open();
    return index * columns;
  }

  // Puts the rows of the sealed beginning before those that are here.
  #open(): void {
    const sealed = this.#sealed!;
    const beginning = sealed.open();
    const moved = sealed.rowCount * columns;
    const added = (this.#rowCount - sealed.rowCount) * columns;
    const rows = new Int32Array(moved + Math.max(added, columns) * 2);
    rows.set(beginning.#rows.subarray(0, moved));
    rows.set(this.#rows.subarray(0, added), moved);
    for (let row = moved; row < moved + added; row += columns) {
      const kind = rows[row + tagColumn]! & 7;
      const isSetting = kind === operationTags.set || kind === operationTags.unset;
      if (isSetting) rows[row + contentColumn]! += beginning.#settings.length;
    }
    this.#settings = [...beginning.#settings, ...this.#settings];
    this.#content = this.#content.behind(beginning.#content);
    this.#values = this.#values.behind(beginning.#values);
    this.#rows = rows;
    this.#sealed = null;
  }

  #addRow(tag: number, at: number, content: number): void {
    const row = this.#rowOf(this.#rowCount);
    this.#rows = withRoom(this.#rows, row);
    const rows = this.#rows;
    rows[row + startColumn] = this.#end;
    rows[row + tagColumn] = tag;
    rows[row + atColumn] = at;
    rows[row + contentColumn] = content;
    this.#rowCount += 1;
  }
}
