// Where each session wrote to each key, so that the last write before some point is found
// in logarithmic time.

import { type AccessTable, none } from "./access_table.ts";

/** The writes of a history, by key and session. */
export class KeyWrites {
  readonly #table: AccessTable;
  // Of each key and each session that writes it, the accesses in order.
  readonly #ofKey: Map<number, number[]>[];

  constructor(table: AccessTable) {
    this.#table = table;
    this.#ofKey = Array.from({ length: table.keyCount }, () => new Map());
    for (let access = 0; access < table.size; access += 1) {
      if (table.isWrite.at(access) === 0) continue;
      const writers = this.#ofKey[table.key.at(access)]!;
      const writes = writers.get(table.session.at(access));
      if (writes === undefined) writers.set(table.session.at(access), [access]);
      else writes.push(access);
    }
  }

  /** Sessions that write a key. */
  writersOf(key: number): Iterable<number> {
    return this.#ofKey[key]!.keys();
  }

  /** How many sessions write a key. */
  writerCount(key: number): number {
    return this.#ofKey[key]!.size;
  }

  /** The last write of a key among the first `count` accesses of a session, or `none`. */
  last(key: number, session: number, count: number): number {
    const writes = this.#ofKey[key]!.get(session);
    if (writes === undefined) return none;
    let low = 0;
    let high = writes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#table.index.at(writes[middle]!) < count) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? none : writes[low - 1]!;
  }
}
