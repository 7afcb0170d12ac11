// A transaction, or a snapshot, that writes down what is asked of it and what it finds.

import { decodeUtf8, encodeUtf8 } from "@holdfast/std";
import type { CommitVersion, KeyRange, Snapshot, Transaction } from "@holdfast/store";
import { rowsText, type Step, valueText } from "./store_model.ts";

/** One run of a transaction's function. */
export interface RecordedRun {
  readonly operation: number;
  /** What it stood on. */
  readonly snapshotVersion: CommitVersion;
  readonly steps: Step[];
  /** When its function had returned, as a place in the order of all; 0 where it has not. */
  handedIn: number;
}

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

/** See the head of this file. */
export class RecordedTransaction {
  readonly #tx: Transaction;
  readonly #steps: Step[];

  /** @param tx - A snapshot where nothing is written. */
  constructor(tx: Transaction | Snapshot, run: RecordedRun) {
    this.#tx = tx as Transaction;
    this.#steps = run.steps;
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
