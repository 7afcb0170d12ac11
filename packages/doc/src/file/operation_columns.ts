// What events did, as the log keeps it: rows of operation_log.ts, each value of them
// foreseen by its like.
//
// Coded for each row, until all events are told of:
//   what it does, a symbol of 3 bits   foreseen by what the three rows before did
//   where there are several containers, which one      foreseen by that of the row before
//   insert, delete, deleteBackward:
//     events - 1                       foreseen by what it does, and the last row's
//     zigzag of: where - where the container's last row left off, at first 0
//                                      foreseen by what it does, and the row before did
//   set, unset: its key; and what it is set to. A key is its number in order of first use;
//     the next number stands for a new one, whose UTF-8 follows
//
// A row leaves off behind what it inserted, or where it deleted last.

import { eventsMax } from "@holdfast/causality";
import { decodeUtf8, encodeUtf8, HoldfastError } from "@holdfast/std";
import { isListId } from "../content/container.ts";
import { keySizeBytesMax } from "../content/limits.ts";
import { isLowSurrogate } from "../content/surrogates.ts";
import { decodeValue, valueSizeBytesMax } from "../content/value.ts";
import type { ValueLog } from "../content/value_log.ts";
import { operationRow, operationTags } from "../history/operation.ts";
import type { OperationLog } from "../history/operation_log.ts";
import type { OperationRow } from "../history/operation_row.ts";
import type { BitCoder } from "./bit_coder.ts";
import { BlobModel, NumberModel, SymbolModel, symbolOf, unzigzag, zigzag } from "./number_model.ts";

const kindHeight = 3;
const kinds = 2 ** kindHeight;

// What is foreseen, and what by; the same for writing and reading.
class OperationModels {
  readonly #containers: number;
  readonly #kind: SymbolModel;
  readonly #container: NumberModel;
  readonly #length: NumberModel;
  readonly #at: NumberModel;
  readonly key: NumberModel;
  readonly keyText: BlobModel;
  readonly value: BlobModel;
  readonly #leftOff: number[];
  #kindsBefore = 0;
  #kindNow = 0;
  #kindBefore = 0;
  #lengthBefore = 0;
  #containerBefore = 0;

  constructor(coder: BitCoder, containers: number) {
    this.#containers = containers;
    this.#kind = new SymbolModel(coder, kindHeight);
    this.#container = new NumberModel(coder);
    this.#length = new NumberModel(coder);
    this.#at = new NumberModel(coder);
    this.key = new NumberModel(coder);
    this.keyText = new BlobModel(coder);
    this.value = new BlobModel(coder);
    this.#leftOff = new Array<number>(containers).fill(0);
  }

  kind(kind: number): number {
    const coded = this.#kind.code(this.#kindsBefore, kind);
    this.#kindsBefore = (this.#kindsBefore * kinds + coded) % kinds ** 3;
    this.#kindBefore = this.#kindNow;
    this.#kindNow = coded;
    return coded;
  }

  container(container: number): number {
    if (this.#containers === 1) return 0;
    const coded = this.#container.code(symbolOf(this.#containerBefore), container);
    this.#containerBefore = coded;
    return coded;
  }

  length(length: number): number {
    const context = this.#kindNow * 64 + symbolOf(this.#lengthBefore);
    const coded = this.#length.code(context, length - 1);
    this.#lengthBefore = coded;
    return coded + 1;
  }

  at(container: number, at: number, length: number): number {
    const from = this.#leftOff[container]!;
    const context = this.#kindNow * kinds + this.#kindBefore;
    const coded = from + unzigzag(this.#at.code(context, zigzag(at - from)));
    let leftOff = coded;
    if (this.#kindNow === operationTags.insert) leftOff += length;
    if (this.#kindNow === operationTags.deleteBackward) leftOff -= length - 1;
    this.#leftOff[container] = leftOff;
    return coded;
  }
}

/** Writes what `rows` did; `containers` numbers all that they edit. */
export function encodeOperations(
  coder: BitCoder,
  rows: readonly OperationRow[],
  containers: ReadonlyMap<string, number>,
): void {
  const models = new OperationModels(coder, containers.size);
  const keys = new Map<string, number>();
  for (const row of rows) {
    const length = row.end - row.start;
    models.kind(rowKind(row));
    if (row.type === "merge") continue;
    const container = models.container(containers.get(row.container)!);
    if (row.type !== "set") {
      models.length(length);
      models.at(container, row.at, length);
      continue;
    }
    const key = keys.get(row.key) ?? keys.size;
    models.key.code(0, key);
    if (key === keys.size) {
      models.keyText.encode(encodeUtf8(row.key));
      keys.set(row.key, key);
    }
    if (row.value !== null) models.value.encode(row.value);
  }
}

/** What a log is read into. */
export interface OperationTarget {
  readonly operations: OperationLog;
  /** Ids of containers, by number. */
  readonly containers: readonly string[];
  /** The text that the events insert, in order. */
  readonly content: string;
  /** The values that they insert, in order. */
  readonly values: ValueLog;
  /** How many events. */
  readonly count: number;
}

/**
 * Reads what {@link encodeOperations} wrote into the operations.
 *
 * @throws {HoldfastError} `corrupt`; the operations may then have some too many.
 */
export function decodeOperations(coder: BitCoder, target: OperationTarget): void {
  const { operations, containers, content, values, count } = target;
  const models = new OperationModels(coder, containers.length);
  const keys: string[] = [];
  const indexes = containers.map((name) => operations.containerIndex(name));
  let taken = 0;
  let valuesTaken = 0;
  for (let done = 0; done < count; ) {
    const kind = models.kind(0);
    if (kind === operationTags.merge) {
      operations.append(operationRow({ type: "merge" }));
      done += 1;
      continue;
    }
    const container = models.container(0);
    const name = containers[container];
    if (name === undefined) throw corrupt("name no container");
    if (kind > operationTags.merge) throw corrupt("are of an unknown sort");
    if (kind === operationTags.set || kind === operationTags.unset) {
      if (isListId(name)) throw corrupt("set a key of a list");
      const key = readKey(models, keys);
      const value = kind === operationTags.set ? models.value.decode(valueSizeBytesMax) : null;
      if (value !== null) decodeValue(value);
      operations.append(operationRow({ type: "set", container: name, key, value }));
      done += 1;
      continue;
    }
    const length = models.length(0);
    const at = models.at(container, 0, length);
    if (length > count - done) throw corrupt("are more than the log says");
    if (at < 0 || at > eventsMax) throw corrupt("are outside of any text");
    if (kind === operationTags.insert && isListId(name)) {
      if (length > values.length - valuesTaken) throw corrupt("insert more values than there are");
      operations.appendValues(indexes[container]!, at, values, valuesTaken, valuesTaken + length);
      valuesTaken += length;
    } else if (kind === operationTags.insert) {
      if (length > content.length - taken) throw corrupt("insert more text than there is");
      if (isLowSurrogate(content.charCodeAt(taken)))
        throw corrupt("insert half of a surrogate pair");
      operations.appendInsert(indexes[container]!, at, content, taken, taken + length);
      taken += length;
    } else {
      const isBackward = kind === operationTags.deleteBackward;
      if (isBackward && (length === 1 || at < length - 1)) throw corrupt("delete what can't be");
      operations.appendDelete(indexes[container]!, kind, at, length);
    }
    done += length;
  }
  if (taken < content.length) throw corrupt("insert less text than there is");
  if (valuesTaken < values.length) throw corrupt("insert fewer values than there are");
}

function readKey(models: OperationModels, keys: string[]): string {
  const number = models.key.code(0, 0);
  if (number > keys.length) throw corrupt("name no key");
  if (number === keys.length) keys.push(decodeUtf8(models.keyText.decode(keySizeBytesMax)));
  return keys[number]!;
}

function rowKind(row: OperationRow): number {
  switch (row.type) {
    case "insert":
      return operationTags.insert;
    case "delete":
      return row.backward && row.end - row.start > 1
        ? operationTags.deleteBackward
        : operationTags.delete;
    case "set":
      return row.value === null ? operationTags.unset : operationTags.set;
    case "merge":
      return operationTags.merge;
  }
}

function corrupt(problem: string): HoldfastError {
  return new HoldfastError("corrupt", `operations of the log ${problem}`);
}
