// Rows of an engine with writes over them that it does not hold yet.

import { type EngineRow, type EngineSnapshot, withKeyBytes } from "../../engine.ts";
import { type KeyText, type Span, textAfter } from "../../key.ts";
import type { CommitVersion, Row } from "../../store.ts";
import type { WriteSet } from "../../write_set.ts";

/** A snapshot with what was written over it. Releasing it releases what lies below. */
export class OverlaidSnapshot implements EngineSnapshot {
  readonly version: CommitVersion;
  readonly #below: EngineSnapshot;
  readonly #over: ReturnType<WriteSet["view"]>;

  /** @param over - What is written there later does not show. */
  constructor(below: EngineSnapshot, over: WriteSet, version: CommitVersion) {
    this.version = version;
    this.#below = below;
    this.#over = over.view();
  }

  get(key: KeyText): Uint8Array | null | Promise<Uint8Array | null> {
    const own = this.#over.lookup(key);
    if (own !== undefined) return own === null ? null : own.slice();
    return this.#below.get(key);
  }

  // In steps, since what is cleared may hide rows: in each step all of what lies below is
  // known up to the last row that it gave.
  async range(
    start: KeyText,
    end: KeyText,
    limitRows: number,
    reverse: boolean,
  ): Promise<readonly EngineRow[]> {
    const rows: EngineRow[] = [];
    let [from, to] = [start, end];
    while (from < to && rows.length < limitRows) {
      const wanted = limitRows - rows.length;
      const found = await this.#below.range(from, to, wanted, reverse);
      const last = found.length < wanted ? null : found.at(-1)!.key;
      const known: Span = {
        start: reverse && last !== null ? last : from,
        end: !reverse && last !== null ? textAfter(last) : to,
      };
      for (const row of this.#merged(found, known, { wanted, reverse })) rows.push(row);
      if (reverse) to = known.start;
      else from = known.end;
    }
    rows.length = Math.min(rows.length, limitRows);
    return rows;
  }

  async rows(...range: Parameters<EngineSnapshot["range"]>): Promise<readonly Row[]> {
    return withKeyBytes(await this.range(...range));
  }

  release(): void {
    this.#below.release();
  }

  // As many as are wanted, or all of them.
  #merged(
    found: readonly EngineRow[],
    { start, end }: Span,
    { wanted, reverse }: { readonly wanted: number; readonly reverse: boolean },
  ): EngineRow[] {
    const merged = found.filter(({ key }) => this.#over.lookup(key) === undefined);
    const keptCount = merged.length;
    this.#over.points.visit(start, end, reverse, (key, value) => {
      if (value !== null) merged.push({ key, value: value.slice() });
      return merged.length - keptCount < wanted;
    });
    if (keptCount === 0 || merged.length === keptCount) return merged;
    const sign = reverse ? -1 : 1;
    return merged.sort((left, right) => (left.key < right.key ? -sign : sign));
  }
}
