// What sessions have seen by reading, and nothing else: the newest writes of each key that a
// session read, and how far into each other session these reach.
//
// Of the writes of one key that a session read, only those are kept that are not before
// another: a frontier. Frontiers are kept for each read, since what a session had seen
// before one of its writes is asked for later, by those who read that write.

import { type AccessTable, none } from "./access_table.ts";
import type { CausalOrder } from "./causal_order.ts";

/** Of one session and one key: what it had seen after each of its reads. */
interface Sight {
  readonly index: number[];
  readonly frontier: (readonly number[])[];
}

// The furthest write of another session that was read, and the furthest one of another key.
interface Reach {
  best: number;
  other: number;
}

/** What was seen so far; reads are noted in causal order. */
export class SeenWrites {
  readonly #table: AccessTable;
  readonly #order: CausalOrder;
  readonly #sights: Map<number, Sight>[];
  readonly #reaches: Map<number, Reach>[];

  constructor(table: AccessTable, order: CausalOrder) {
    this.#table = table;
    this.#order = order;
    this.#sights = table.sessions.map(() => new Map());
    this.#reaches = table.sessions.map(() => new Map());
  }

  /** Sessions of which a session has read a write. */
  sessionsReadBy(session: number): Iterable<number> {
    return this.#reaches[session]!.keys();
  }

  /** The furthest write of a key other than `key` that a session has read of another, or `none`. */
  furthest(session: number, of: number, key: number): number {
    const reach = this.#reaches[session]!.get(of);
    if (reach === undefined) return none;
    return this.#table.key.at(reach.best) === key ? reach.other : reach.best;
  }

  /** The newest writes of a key that a session had read among its first `count` accesses. */
  frontier(session: number, key: number, count: number): readonly number[] {
    const sight = this.#sights[session]!.get(key);
    if (sight === undefined) return [];
    let low = 0;
    let high = sight.index.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sight.index[middle]! < count) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? [] : sight.frontier[low - 1]!;
  }

  /** Notes that a read saw a write that is known. */
  note(read: number, write: number): void {
    const session = this.#table.session.at(read);
    this.#noteSight(session, read, write);
    const of = this.#table.session.at(write);
    if (of !== session) this.#noteReach(session, of, write);
  }

  #noteSight(session: number, read: number, write: number): void {
    const key = this.#table.key.at(read);
    const sight = this.#sights[session]!.get(key) ?? { index: [], frontier: [] };
    this.#sights[session]!.set(key, sight);
    const before = sight.frontier[sight.frontier.length - 1] ?? [];
    if (before.includes(write)) return;
    if (before.some((seen) => this.#order.isBefore(write, seen))) return;
    const kept = before.filter((seen) => !this.#order.isBefore(seen, write));
    sight.index.push(this.#table.index.at(read));
    sight.frontier.push([...kept, write]);
  }

  #noteReach(session: number, of: number, write: number): void {
    const reach = this.#reaches[session]!.get(of);
    if (reach === undefined) {
      this.#reaches[session]!.set(of, { best: write, other: none });
      return;
    }
    const isFurther = (than: number) =>
      than === none || this.#table.index.at(write) > this.#table.index.at(than);
    const isSameKey = this.#table.key.at(write) === this.#table.key.at(reach.best);
    if (isFurther(reach.best)) {
      if (!isSameKey) reach.other = reach.best;
      reach.best = write;
    } else if (!isSameKey && isFurther(reach.other)) {
      reach.other = write;
    }
  }
}
