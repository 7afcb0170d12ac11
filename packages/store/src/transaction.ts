// One run of a transaction: reads of a snapshot, own writes on top, and a record
// of both for the committer.

import { HoldfastError } from "@holdfast/std";
import { CheckedWrites, checkTransactionSize } from "./checked_writes.ts";
import { type EngineRow, type EngineSnapshot, withKeyBytes } from "./engine.ts";
import { type KeyText, keyText, type Span, spanOf, textAfter, toKeyText } from "./key.ts";
import { applyMutations } from "./mutation.ts";
import type { ReadSet } from "./read_set.ts";
import {
  type CommitVersion,
  type KeyRange,
  type RangeOptions,
  type Row,
  rangeRowsMax,
  type Snapshot,
  type Transaction,
} from "./store.ts";
import { inOrder, type WritesView } from "./transaction_writes.ts";

/** A {@link Transaction} over an engine's snapshot; it serves as a Snapshot too. */
export class OpenTransaction extends CheckedWrites implements Transaction {
  /** What was read; null where nobody will ask, and then it may be any amount. */
  readonly reads: ReadSet | null;
  /** Of a read: it is linearizable. */
  readonly staleMsMax = 0;
  readonly #snapshot: EngineSnapshot;

  constructor(snapshot: EngineSnapshot, keySizeBytesMax: number, reads: ReadSet | null) {
    super(snapshot.version, keySizeBytesMax);
    this.#snapshot = snapshot;
    this.reads = reads;
  }

  get version(): CommitVersion {
    return this.#snapshot.version;
  }

  /** Gives the snapshot back, too. */
  override end(reason?: HoldfastError | "whole"): boolean {
    const isFirst = super.end(reason);
    if (isFirst) this.#snapshot.release();
    return isFirst;
  }

  get snapshot(): Snapshot {
    return {
      version: this.version,
      get: (key) => this.#get(key, null),
      range: (range, options) => this.#range(range, options, null),
    };
  }

  get(key: Uint8Array): Promise<Uint8Array | null> {
    return this.#get(key, this.reads);
  }

  range(range: KeyRange, options: RangeOptions): Promise<readonly Row[]> {
    return this.#range(range, options, this.reads);
  }

  addReadConflict(range: KeyRange): void {
    this.checkOpen();
    const span = spanOf(range, this.keySizeBytesMax);
    // A key is cheaper than a span, to keep and to look for.
    if (span.end === textAfter(span.start)) this.reads?.addPoint(span.start);
    else this.reads?.addSpan(span.start, span.end);
    this.#checkReads();
  }

  #get(key: Uint8Array, reads: ReadSet | null): Promise<Uint8Array | null> {
    try {
      const value = this.#getNow(key, reads);
      return value instanceof Promise ? value : Promise.resolve(value);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same; not in a promise where the engine has it at once. */
  #getNow(key: Uint8Array, reads: ReadSet | null): Uint8Array | null | Promise<Uint8Array | null> {
    this.checkOpen();
    const text = keyText(key, this.keySizeBytesMax);
    const own = this.written?.lookup(text);
    if (own !== undefined) return own === null ? null : own.slice();
    // As they are when this is called: what is written while the snapshot answers comes after.
    const change = this.written?.changerOf(text) ?? null;
    reads?.addPoint(text);
    this.#checkReads();
    const found = this.#snapshot.get(text);
    if (change === null) return found;
    const changed = (value: Uint8Array | null) => change(value)?.slice() ?? null;
    return found instanceof Promise ? found.then(changed) : changed(found);
  }

  async #range(
    range: KeyRange,
    { limitRows, reverse = false }: RangeOptions,
    reads: ReadSet | null,
  ): Promise<readonly Row[]> {
    this.checkOpen();
    if (!Number.isInteger(limitRows) || limitRows < 1 || limitRows > rangeRowsMax) {
      const bounds = `1 to ${rangeRowsMax}`;
      throw new HoldfastError("invalid_argument", `limitRows is ${limitRows}, not ${bounds}`);
    }
    const span = spanOf(range, this.keySizeBytesMax);
    if (this.isReadOnly) {
      const found = await this.#snapshot.rows(span.start, span.end, limitRows, reverse);
      this.checkOpen();
      const isCut = found.length >= limitRows;
      if (reads !== null)
        this.#noteRange(reads, span, isCut ? toKeyText(found.at(-1)!.key) : null, reverse);
      return found;
    }
    this.writes.checkReadable(span);
    const rows = await this.#merged(span, { limitRows, reverse, reads });
    return withKeyBytes(rows);
  }

  /**
   * Rows of the snapshot with own writes over them. Reads the snapshot in steps,
   * since own clears may hide rows of it: in each step all of the snapshot is
   * known up to the last row that it gave, and so the merge is right up to there.
   */
  async #merged(
    span: Span,
    { limitRows, reverse, reads }: Required<RangeOptions> & { readonly reads: ReadSet | null },
  ): Promise<EngineRow[]> {
    // As they are when this is called: what is written while the snapshot answers comes after.
    const own = this.writes.view();
    const rows: EngineRow[] = [];
    let { start, end } = span;
    while (start < end && rows.length < limitRows) {
      const wanted = limitRows - rows.length;
      const found = await this.#snapshot.range(start, end, wanted, reverse);
      this.checkOpen();
      const last = found.length < wanted ? null : found[found.length - 1]!.key;
      const known: Span = {
        start: reverse && last !== null ? last : start,
        end: !reverse && last !== null ? textAfter(last) : end,
      };
      for (const row of overlaid(own, found, { known, reverse })) rows.push(row);
      if (reverse) end = known.start;
      else start = known.end;
    }
    const isCut = rows.length >= limitRows;
    rows.length = Math.min(rows.length, limitRows);
    const cut = isCut ? rows[rows.length - 1]!.key : null;
    if (reads !== null) this.#noteRange(reads, span, cut, reverse);
    return rows;
  }

  /** Notes that `span` was read, as far as the row `cut`, where the limit cut it. */
  #noteRange(reads: ReadSet, span: Span, cut: KeyText | null, reverse: boolean): void {
    reads.addSpan(
      cut !== null && reverse ? cut : span.start,
      cut !== null && !reverse ? textAfter(cut) : span.end,
    );
    this.#checkReads();
  }

  #checkReads(): void {
    checkTransactionSize("reads", this.reads?.sizeBytes ?? 0);
  }
}

// What was found in `known`, with what is written there.
function overlaid(
  { points, lookup, changes }: WritesView,
  found: readonly EngineRow[],
  { known, reverse }: { readonly known: Span; readonly reverse: boolean },
): readonly EngineRow[] {
  const own: EngineRow[] = [];
  points.visit(known.start, known.end, false, (key, value) => {
    if (value !== null) own.push({ key, value: value.slice() });
    return true;
  });
  if (changes.someIn(known.start, known.end)) {
    const values = new Map(found.map(({ key, value }) => [key, value]));
    changes.visit(known.start, known.end, false, (key, mutations) => {
      const value = applyMutations(values.get(key) ?? null, inOrder(mutations));
      if (value !== null) own.push({ key, value: value.slice() });
      return true;
    });
  }
  const kept = found.filter(
    ({ key }) => lookup(key) === undefined && changes.get(key) === undefined,
  );
  if (own.length === 0) return kept;
  const sign = reverse ? -1 : 1;
  return [...kept, ...own].sort((a, b) => (a.key < b.key ? -sign : sign));
}
