// Rows of an engine with writes over them that it does not hold yet.
//
//   over    | set b | clear c | set e |          in memory, as text
//   below     a   b     c   d                    pages of the engine, as bytes
//   shown     a   b'        d   e

import { type EngineRow, type EngineSnapshot, withKeyText } from "./engine.ts";
import type { FreshRows } from "./fresh_rows.ts";
import { type KeyText, type Span, textAfter, toKeyBytes, toKeyText } from "./key.ts";
import { Slabs } from "./slabs.ts";
import type { CommitVersion, Row } from "./store.ts";
import { WriteSet } from "./write_set.ts";

type WritesView = ReturnType<WriteSet["view"]>;
type MaybeLater<T> = T | Promise<T>;

/** Copies for callers: an array with memory of its own takes longer to make than to fill. */
const values = new Slabs(8_192, 8_192);

/** A range that is being read: what was found, and what is left of it. */
interface Reading {
  readonly rows: Row[];
  readonly limitRows: number;
  readonly reverse: boolean;
  from: KeyText;
  to: KeyText;
}

/**
 * A snapshot with what was written over it. It can be held by many: each `retain` needs a
 * `release`, and the last of these releases what lies below.
 */
export class OverlaidSnapshot implements EngineSnapshot {
  readonly version: CommitVersion;
  readonly #below: EngineSnapshot;
  readonly #over: WriteSet | FreshRows;
  /** What is over, as it was. Null as long as it is as it was: most views are given up before that ends. */
  #view: WritesView | null = null;
  #holders = 1;

  /** @param over - What is written there later does not show; to fresh rows only after {@link freeze}. */
  constructor(below: EngineSnapshot, over: WriteSet | FreshRows, version: CommitVersion) {
    this.version = version;
    this.#below = below;
    this.#over = over;
    if (over instanceof WriteSet) this.#view = over.view();
  }

  /** Whether anybody but who made it holds it. */
  get isShared(): boolean {
    return this.#holders > 1;
  }

  /** Called before more is written to the fresh rows: it goes on to show what it shows. */
  freeze(): void {
    this.#view ??= this.#over.view();
  }

  get(key: KeyText): MaybeLater<Uint8Array | null> {
    const own = (this.#view ?? this.#over).lookup(key);
    if (own !== undefined) return own === null ? null : values.copy(own);
    return this.#below.get(key);
  }

  range(
    start: KeyText,
    end: KeyText,
    limitRows: number,
    reverse: boolean,
  ): MaybeLater<readonly EngineRow[]> {
    const rows = this.rows(start, end, limitRows, reverse);
    return rows instanceof Promise ? rows.then(withKeyText) : withKeyText(rows);
  }

  rows(
    start: KeyText,
    end: KeyText,
    limitRows: number,
    reverse: boolean,
  ): MaybeLater<readonly Row[]> {
    this.freeze();
    const { points, cleared } = this.#view!;
    if (!points.someIn(start, end) && !cleared.intersects({ start, end })) {
      return this.#below.rows(start, end, limitRows, reverse);
    }
    return this.#read({ rows: [], limitRows, reverse, from: start, to: end });
  }

  retain(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#below.release();
  }

  // In steps, since what is cleared may hide rows: in each step all of what lies below is
  // known up to the last row that it gave.
  #read(reading: Reading): MaybeLater<readonly Row[]> {
    const { rows, limitRows, reverse } = reading;
    while (reading.from < reading.to && rows.length < limitRows) {
      const wanted = limitRows - rows.length;
      const found = this.#below.rows(reading.from, reading.to, wanted, reverse);
      if (found instanceof Promise) {
        return found.then((later) => {
          this.#add(reading, later);
          return this.#read(reading);
        });
      }
      this.#add(reading, found);
    }
    return rows;
  }

  /** Merges what was found below with what lies over it, as far as both are known. */
  #add(reading: Reading, found: readonly Row[]): void {
    const { rows, limitRows, reverse } = reading;
    const wanted = limitRows - rows.length;
    const last = found.length < wanted ? null : toKeyText(found[found.length - 1]!.key);
    const known: Span = {
      start: reverse && last !== null ? last : reading.from,
      end: !reverse && last !== null ? textAfter(last) : reading.to,
    };
    let next = 0;
    const isFull = () => rows.length >= limitRows;
    const addBelow = (until: KeyText | null): boolean => {
      for (; next < found.length && !isFull(); next += 1) {
        const row = found[next]!;
        const order = until === null ? -1 : compareKey(row.key, until);
        if (order === 0) {
          next += 1;
          return !isFull();
        }
        if (until !== null && order > 0 !== reverse) return true;
        if (!this.#isCleared(row)) rows.push(row);
      }
      return !isFull();
    };
    this.#view!.points.visit(known.start, known.end, reverse, (key, value) => {
      if (!addBelow(key)) return false;
      if (value !== null) rows.push({ key: toKeyBytes(key), value: values.copy(value) });
      return !isFull();
    });
    if (!isFull()) addBelow(null);
    if (reverse) reading.to = known.start;
    else reading.from = known.end;
  }

  #isCleared({ key }: Row): boolean {
    const { cleared } = this.#view!;
    return cleared.size > 0 && cleared.covers(toKeyText(key));
  }
}

/** Below 0 where `key` comes before `text`, 0 where they are the same. */
function compareKey(key: Uint8Array, text: KeyText): number {
  const shared = Math.min(key.length, text.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = key[index]! - text.charCodeAt(index);
    if (difference !== 0) return difference;
  }
  return key.length - text.length;
}
