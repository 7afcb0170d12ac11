// Rows in memory. Snapshots are roots of one persistent tree, so they cost
// nothing and live as long as someone holds them.

import { type Engine, type EngineRow, type EngineSnapshot, withKeyBytes } from "../../engine.ts";
import type { KeyText } from "../../key.ts";
import { OrderedMap } from "../../ordered_map.ts";
import { sharedSizeBytesMin } from "../../slabs.ts";
import { type Capabilities, type CommitVersion, keySizeBytesMax, type Row } from "../../store.ts";
import type { WriteSet } from "../../write_set.ts";

/** Rows by key. A value that lies in here is never changed and never given out. */
export type Rows = OrderedMap<Uint8Array>;

/** The value in memory of its own: what stays for long must not keep its neighbours. */
function alone(value: Uint8Array): Uint8Array {
  return value.length < sharedSizeBytesMin ? value : value.slice();
}

/** Does to `rows` what `writes` say; takes the values over. */
export function applyWrites(rows: Rows, writes: WriteSet): void {
  writes.cleared.visit((span) => {
    for (const key of rows.keysIn(span.start, span.end)) rows.delete(key);
    return true;
  });
  writes.points.visitAll((key, value) => {
    if (value === null) rows.delete(key);
    else rows.set(key, alone(value));
    return true;
  });
}

/** An {@link Engine} that forgets all when it ends. */
export class MemoryEngine implements Engine {
  readonly capabilities: Capabilities = {
    driver: "memory",
    durable: false,
    versionStamps: true,
    history: false,
    staleReads: false,
    keySizeBytesMax,
  };
  readonly #rows: Rows = new OrderedMap();
  #version = 0 as CommitVersion;

  get version(): CommitVersion {
    return this.#version;
  }

  snapshot(): EngineSnapshot {
    return new RowsSnapshot(this.#version, this.#rows.snapshot());
  }

  async commit(version: CommitVersion, writes: WriteSet): Promise<void> {
    applyWrites(this.#rows, writes);
    this.#version = version;
  }

  async close(): Promise<void> {}
}

/** Rows at one version. */
export class RowsSnapshot implements EngineSnapshot {
  readonly version: CommitVersion;
  readonly #rows: Rows;

  constructor(version: CommitVersion, rows: Rows) {
    this.version = version;
    this.#rows = rows;
  }

  get(key: KeyText): Uint8Array | null {
    return this.#rows.get(key)?.slice() ?? null;
  }

  range(start: KeyText, end: KeyText, limitRows: number, reverse: boolean): readonly EngineRow[] {
    const rows: EngineRow[] = [];
    this.#rows.visit(start, end, reverse, (key, value) => {
      rows.push({ key, value: value.slice() });
      return rows.length < limitRows;
    });
    return rows;
  }

  rows(...range: Parameters<EngineSnapshot["rows"]>): readonly Row[] {
    return withKeyBytes(this.range(...range));
  }

  release(): void {}
}
