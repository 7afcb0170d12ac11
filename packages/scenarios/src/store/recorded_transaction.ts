// A transaction, or a snapshot, that writes down what is asked of it and what it finds.

import { decodeUtf8, encodeUtf8 } from "@holdfast/std";
import type { KeyRange, Snapshot, Transaction, Writes } from "@holdfast/store";
import { rowsText, type Step, valueText } from "./store_model.ts";

/** Every key that begins with `prefix` and a stroke. A stroke is followed by a zero. */
export function rangeOf(prefix: string): { readonly start: string; readonly end: string } {
  return { start: `${prefix}/`, end: `${prefix}0` };
}

/** The same, in bytes. */
export function keyRange({
  start,
  end,
}: {
  readonly start: string;
  readonly end: string;
}): KeyRange {
  return { start: encodeUtf8(start), end: encodeUtf8(end) };
}

/** Whether something was set or cleared. */
export function hasWritten(steps: readonly Step[]): boolean {
  return steps.some(({ type }) => type === "set" || type === "clear_range");
}

/** See the head of this file. */
export class RecordedTransaction {
  readonly #tx: Transaction;
  readonly #steps: Step[];

  /**
   * @param tx - A snapshot where nothing is written, writes where nothing is read.
   * @param steps - Where it is written down.
   */
  constructor(tx: Transaction | Snapshot | Writes, steps: Step[]) {
    this.#tx = tx as Transaction;
    this.#steps = steps;
  }

  /** Whether something was set or cleared. */
  get hasWritten(): boolean {
    return hasWritten(this.#steps);
  }

  async get(key: string): Promise<string | null> {
    const value = await this.#tx.get(encodeUtf8(key));
    const found = value === null ? null : valueText(value);
    this.#steps.push({ type: "get", key, found });
    return found;
  }

  /** Rows of all keys that begin with `prefix` and a stroke. */
  async range(
    prefix: string,
    limitRows = 1_000,
    isReverse = false,
  ): Promise<readonly (readonly [string, string])[]> {
    const { start, end } = rangeOf(prefix);
    const found = await this.#tx.range(keyRange({ start, end }), { limitRows, reverse: isReverse });
    const rows = found.map(({ key, value }) => [decodeUtf8(key), valueText(value)] as const);
    this.#steps.push({ type: "range", start, end, limitRows, isReverse, found: rowsText(rows) });
    return rows;
  }

  set(key: string, text: string): void {
    const value = encodeUtf8(text);
    this.#tx.set(encodeUtf8(key), value);
    this.#steps.push({ type: "set", key, value: valueText(value) });
  }

  clearRange(start: string, end: string): void {
    this.#tx.clearRange(keyRange({ start, end }));
    this.#steps.push({ type: "clear_range", start, end });
  }
}
