// One run of a transaction: reads of a snapshot, own writes on top, and a record
// of both for the committer.

import { HoldfastError } from "@holdfast/std";
import type { EngineRow, EngineSnapshot } from "./engine.ts";
import { keyText, type Span, spanOf, textAfter, toKeyBytes } from "./key.ts";
import type { ReadSet } from "./read_set.ts";
import {
  type CommitVersion,
  type KeyRange,
  type RangeOptions,
  type Row,
  rangeRowsMax,
  type Transaction,
  transactionSizeBytesMax,
  valueSizeBytesMax,
} from "./store.ts";
import { WriteSet } from "./write_set.ts";

/** A {@link Transaction} over an engine's snapshot; it serves as a Snapshot too. */
export class OpenTransaction implements Transaction {
  /** What was read; null where nobody will ask, and then it may be any amount. */
  readonly reads: ReadSet | null;
  readonly writes = new WriteSet();
  readonly #snapshot: EngineSnapshot;
  readonly #keySizeBytesMax: number;
  #ended: HoldfastError | null = null;

  constructor(snapshot: EngineSnapshot, keySizeBytesMax: number, reads: ReadSet | null) {
    this.#snapshot = snapshot;
    this.reads = reads;
    this.#keySizeBytesMax = keySizeBytesMax;
  }

  get version(): CommitVersion {
    return this.#snapshot.version;
  }

  /** Gives the snapshot back; every later use throws `reason`. Harmless twice. */
  end(reason: HoldfastError): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    this.#snapshot.release();
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    this.#checkOpen();
    const text = keyText(key, this.#keySizeBytesMax);
    const own = this.writes.lookup(text);
    if (own !== undefined) return own === null ? null : own.slice();
    this.reads?.addPoint(text);
    this.#checkReads();
    return this.#snapshot.get(text);
  }

  async range(range: KeyRange, options: RangeOptions): Promise<readonly Row[]> {
    this.#checkOpen();
    const { limitRows } = options;
    if (!Number.isInteger(limitRows) || limitRows < 1 || limitRows > rangeRowsMax) {
      const bounds = `1 to ${rangeRowsMax}`;
      throw new HoldfastError("invalid_argument", `limitRows is ${limitRows}, not ${bounds}`);
    }
    const span = spanOf(range, this.#keySizeBytesMax);
    const reverse = options.reverse === true;
    const rows = await this.#merged(span, limitRows, reverse);
    return rows.map((row) => ({ key: toKeyBytes(row.key), value: row.value }));
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.#checkOpen();
    const text = keyText(key, this.#keySizeBytesMax);
    if (value.length > valueSizeBytesMax) {
      const sizes = `${value.length} bytes, at most ${valueSizeBytesMax}`;
      throw new HoldfastError("too_large", `the value has ${sizes}`);
    }
    this.writes.set(text, value.slice());
    this.#checkWrites();
  }

  clear(key: Uint8Array): void {
    this.#checkOpen();
    this.writes.set(keyText(key, this.#keySizeBytesMax), null);
    this.#checkWrites();
  }

  clearRange(range: KeyRange): void {
    this.#checkOpen();
    const span = spanOf(range, this.#keySizeBytesMax);
    if (span.start < span.end) this.writes.clearSpan(span);
    this.#checkWrites();
  }

  /**
   * Rows of the snapshot with own writes over them. Reads the snapshot in steps,
   * since own clears may hide rows of it: in each step all of the snapshot is
   * known up to the last row that it gave, and so the merge is right up to there.
   */
  async #merged(span: Span, limitRows: number, reverse: boolean): Promise<EngineRow[]> {
    const rows: EngineRow[] = [];
    let { start, end } = span;
    while (start < end && rows.length < limitRows) {
      const wanted = limitRows - rows.length;
      const found = await this.#snapshot.range(start, end, wanted, reverse);
      this.#checkOpen();
      const last = found.length < wanted ? null : found[found.length - 1]!.key;
      const known: Span = {
        start: reverse && last !== null ? last : start,
        end: !reverse && last !== null ? textAfter(last) : end,
      };
      rows.push(...this.#overlaid(found, known, reverse));
      if (reverse) end = known.start;
      else start = known.end;
    }
    const isCut = rows.length >= limitRows;
    rows.length = Math.min(rows.length, limitRows);
    const cut = isCut ? rows[rows.length - 1]!.key : null;
    this.reads?.addSpan(
      cut !== null && reverse ? cut : span.start,
      cut !== null && !reverse ? textAfter(cut) : span.end,
    );
    this.#checkReads();
    return rows;
  }

  #overlaid(found: readonly EngineRow[], known: Span, reverse: boolean): readonly EngineRow[] {
    const own: EngineRow[] = [];
    this.writes.points.visit(known.start, known.end, false, (key, value) => {
      if (value !== null) own.push({ key, value: value.slice() });
      return true;
    });
    const kept = this.writes.isEmpty
      ? found
      : found.filter((row) => this.writes.lookup(row.key) === undefined);
    if (own.length === 0) return kept;
    const sign = reverse ? -1 : 1;
    return [...kept, ...own].sort((a, b) => (a.key < b.key ? -sign : sign));
  }

  #checkOpen(): void {
    if (this.#ended !== null) throw this.#ended;
  }

  #checkReads(): void {
    this.#checkSize("reads", this.reads?.sizeBytes ?? 0);
  }

  #checkWrites(): void {
    this.#checkSize("writes", this.writes.sizeBytes);
  }

  #checkSize(what: string, sizeBytes: number): void {
    if (sizeBytes <= transactionSizeBytesMax) return;
    const sizes = `${sizeBytes} bytes, at most ${transactionSizeBytesMax}`;
    throw new HoldfastError("too_large", `the transaction ${what} ${sizes}`);
  }
}
