// What is visible of texts and lists.
//
// A list is kept as a text. Each value is two UTF-16 units, the high and the low half of its
// number; so whatever keeps, edits, records and takes back visible text does it for lists, and
// positions in them are twice as far. Numbers are those of the history's ValueLog; those from
// `fileValuesFrom` on are of values that came with a file, beside a history that nobody
// may have read.

import { encodeUtf8, Writer } from "@holdfast/std";
import { isListId } from "../content/container.ts";
import { isHighSurrogate } from "../content/surrogates.ts";
import type { Value } from "../content/value.ts";
import { ValueLog } from "../content/value_log.ts";
import type { FileText, FinalContent } from "../file/document_file.ts";
import type { OperationLog } from "../history/operation_log.ts";
import type { ChangeRecord } from "./change_record.ts";
import { TextBuffer, unitsToString } from "./text_buffer.ts";

const fileValuesFrom = 2 ** 31;

/** Texts and lists, by the ids of their containers. */
export class Sequences {
  readonly #operations: OperationLog;
  readonly #texts = new Map<string, TextBuffer>();
  // Those of the file that nobody asked for yet; and values of those lists that somebody did.
  readonly #fileTexts = new Map<string, FileText>();
  readonly #fileValues = new ValueLog(fileValuesFrom);
  // The text that was asked for last: nearly always the next one too.
  #lastName: string | null = null;
  #lastText: TextBuffer | null = null;
  // Units for each thing in it.
  #lastEach = 1;

  /**
   * @param operations - What edits them.
   * @param file - What they are at first.
   */
  constructor(operations: OperationLog, file: readonly FileText[] = []) {
    this.#operations = operations;
    for (const text of file) this.#fileTexts.set(text.id, text);
  }

  /** Ids of those that were ever edited. */
  ids(): readonly string[] {
    return [...this.#fileTexts.keys(), ...this.#texts.keys()];
  }

  /** Units of the text, or values of the list; 0 where it was never edited. */
  length(container: string): number {
    if (container === this.#lastName) return this.#lastText!.length / this.#lastEach;
    const text = this.#texts.get(container);
    if (text === undefined) return this.#fileTexts.get(container)?.length ?? 0;
    return isListId(container) ? text.length / 2 : text.length;
  }

  /** The values `from` up to, not including, `to` of a list. O(their bytes). */
  values(container: string, from: number, to: number): Value[] {
    return this.valuesOf(this.slice(container, 2 * from, 2 * to));
  }

  /** The values that units of a list stand for. */
  valuesOf(units: string): Value[] {
    return valuesOfUnits(units).map((number) => this.#valueLog(number).value(number));
  }

  /** A whole text as UTF-8, or the values of a list as they are encoded. O(length). */
  bytes(container: string): Uint8Array {
    const units = this.toString(container);
    if (!isListId(container)) return encodeUtf8(units);
    const writer = new Writer(2 * units.length);
    const numbers = valuesOfUnits(units);
    for (let at = 0; at < numbers.length; ) {
      const first = numbers[at]!;
      let count = 1;
      while (numbers[at + count] === first + count) count += 1;
      writer.raw(this.#valueLog(first).bytes(first, first + count));
      at += count;
    }
    return writer.finish();
  }

  /** What each that was ever edited is, by id, for a file. O(their lengths). */
  finals(): ReadonlyMap<string, FinalContent> {
    const finalOf = (id: string) => ({ length: this.length(id), bytes: this.bytes(id) });
    return new Map(this.ids().map((id) => [id, finalOf(id)]));
  }

  /** The whole text. O(length). */
  toString(container: string): string {
    return this.#known(container)?.toString() ?? "";
  }

  /** The units `from` up to, not including, `to`. */
  slice(container: string, from: number, to: number): string {
    return this.#known(container)?.slice(from, to) ?? "";
  }

  /** How many code points begin before unit `at`. O(at), O(1) where there never was a surrogate pair. */
  codePointsBefore(container: string, at: number): number {
    if (!this.#operations.content.hasSurrogates) return at;
    return this.#known(container)?.codePointsBefore(at) ?? 0;
  }

  /** Where the code point begins that `index` others stand before; as {@link codePointsBefore}. */
  codePointStart(container: string, index: number): number {
    if (!this.#operations.content.hasSurrogates) return index;
    return this.#known(container)?.codePointStart(index) ?? 0;
  }

  /**
   * Tells whether units of a text, from `at` on, can be deleted, and others inserted in their place, at
   * first sight: what this refuses may prove right.
   */
  isPlain(container: string, at: number, length: number): boolean {
    if (container !== this.#lastName || this.#operations.content.hasSurrogates) return false;
    // Neither is a fraction, nor too large, nor no number at all.
    const isWhole = at >>> 0 === at && length >>> 0 === length;
    return isWhole && at + length <= this.#lastText!.length;
  }

  /** Tells whether unit `at` - 1 and unit `at` are one character. */
  splitsPair(container: string, at: number): boolean {
    if (!this.#operations.content.hasSurrogates || at <= 0) return false;
    if (isListId(container)) return false;
    const text = this.#known(container);
    return text !== undefined && at <= text.length && isHighSurrogate(text.unit(at - 1));
  }

  /**
   * The units of a text or a list, to edit; read out of the file, where it lies there still.
   *
   * @throws {HoldfastError} `corrupt`.
   */
  open(container: string): TextBuffer {
    if (container === this.#lastName) return this.#lastText!;
    let text = this.#known(container);
    if (text === undefined) {
      text = new TextBuffer();
      this.#texts.set(container, text);
    }
    this.#lastName = container;
    this.#lastText = text;
    this.#lastEach = isListId(container) ? 2 : 1;
    return text;
  }

  /** Inserts at `at` `length` units, or values, which lie in the operations from `from` on. */
  insert(
    container: string,
    at: number,
    from: number,
    length: number,
    record: ChangeRecord | null,
  ): void {
    const text = this.open(container);
    const { content } = this.#operations;
    const isList = isListId(container);
    const units = isList ? unitsOfValues(from, from + length) : content.units;
    const first = isList ? 0 : from - content.start;
    const end = first + length * this.#lastEach;
    record?.text(container, at * this.#lastEach, "", unitsToString(units, first, end));
    text.insertUnits(at * this.#lastEach, units, first, end);
  }

  /** Deletes `length` units or values from `at` on. */
  delete(container: string, at: number, length: number, record: ChangeRecord | null): void {
    const text = this.open(container);
    const start = at * this.#lastEach;
    const count = length * this.#lastEach;
    record?.text(container, start, text.slice(start, start + count), "");
    text.delete(start, count);
  }

  /** Forgets those that are edited and are not among `ids`. */
  forgetAllBut(ids: ReadonlySet<string>): void {
    for (const id of this.#texts.keys()) if (!ids.has(id)) this.#texts.delete(id);
    this.#lastName = null;
  }

  /** Forgets all. */
  clear(): void {
    this.#texts.clear();
    this.#fileTexts.clear();
    this.#lastName = null;
  }

  // The text where it was ever edited, out of the file where it lies there still.
  #known(container: string): TextBuffer | undefined {
    const fileText = this.#fileTexts.get(container);
    if (fileText === undefined) return this.#texts.get(container);
    const text = new TextBuffer(isListId(container) ? this.#listOf(fileText) : fileText.text());
    this.#fileTexts.delete(container);
    this.#texts.set(container, text);
    return text;
  }

  #listOf(file: FileText): string {
    const from = this.#fileValues.size;
    this.#fileValues.append(file.values());
    const units = unitsOfValues(from, this.#fileValues.size);
    return unitsToString(units, 0, units.length);
  }

  #valueLog(number: number): ValueLog {
    return number < fileValuesFrom ? this.#operations.values : this.#fileValues;
  }
}

// The units of the values with the numbers `from` up to, not including, `to`.
function unitsOfValues(from: number, to: number): Uint16Array {
  const units = new Uint16Array(2 * (to - from));
  for (let index = 0; index < to - from; index += 1) {
    units[2 * index] = (from + index) >>> 16;
    units[2 * index + 1] = from + index;
  }
  return units;
}

// The numbers of the values that have these units.
function valuesOfUnits(units: string): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < units.length; at += 2) {
    numbers.push(units.charCodeAt(at) * 0x10000 + units.charCodeAt(at + 1));
  }
  return numbers;
}
