// The causal order of accesses: the order of each session, and that a write is before whoever
// read it, closed. Answers in logarithmic time which access is before which.
//
// Each session keeps, of each other session, how many of its accesses are before each of
// its own. That only grows along the session, so only the growth is kept:
//
//   ann's, of bob    from access 3 on: 2 of bob's    from access 9 on: 7 of bob's
//
// Sessions go on side by side; a read waits until its write was passed. What still waits at
// the end lies on a circle or behind one.
// Source: Lamport 1978 (happened before); Fidge 1988 and Mattern 1989 (vector time).

import type { Budget } from "../graph/budget.ts";
import { type AccessTable, none } from "./access_table.ts";

/** How many accesses of one session are before those of another, from an access of it on. */
interface Growth {
  readonly from: number[];
  readonly count: number[];
}

/** The order. */
export class CausalOrder {
  /** Accesses that are in order, each after all that are before it. */
  readonly sequence: number[] = [];
  readonly #table: AccessTable;
  readonly #budget: Budget;
  // Of each session, what it knows of each other one.
  readonly #known: Map<number, Growth>[];
  readonly #passed: Int32Array;
  readonly #waiting = new Map<number, number[]>();

  /** Cost: for each read that brings something new, the sessions that its write knew of. */
  constructor(table: AccessTable, budget: Budget) {
    this.#table = table;
    this.#budget = budget;
    this.#known = table.sessions.map(() => new Map());
    this.#passed = new Int32Array(table.sessions.length);
    const ready = Array.from(table.sessions.keys()).reverse();
    for (let session = ready.pop(); session !== undefined; session = ready.pop()) {
      this.#goOn(session, ready);
    }
  }

  /** Whether all accesses are in order: there is no circle. */
  get isWhole(): boolean {
    return this.sequence.length === this.#table.size;
  }

  /** Whether an access is in order. */
  isPassed(access: number): boolean {
    return this.#table.index.at(access) < this.#passed[this.#table.session.at(access)]!;
  }

  /** How many accesses of a session are before an access, which must be in order. */
  countBefore(access: number, session: number): number {
    const own = this.#table.session.at(access);
    if (own === session) return this.#table.index.at(access);
    return this.#countAt(own, session, this.#table.index.at(access));
  }

  /** Whether an access is before another; both must be in order. */
  isBefore(first: number, second: number): boolean {
    return this.countBefore(second, this.#table.session.at(first)) > this.#table.index.at(first);
  }

  #countAt(session: number, of: number, index: number): number {
    const growth = this.#known[session]!.get(of);
    if (growth === undefined) return 0;
    let low = 0;
    let high = growth.from.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (growth.from[middle]! <= index) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : growth.count[low - 1]!;
  }

  #goOn(session: number, ready: number[]): void {
    const accesses = this.#table.sessions[session]!;
    for (let index = this.#passed[session]!; index < accesses.length; index += 1) {
      const access = accesses[index]!;
      const cause = this.#causeOf(access);
      if (cause !== none && !this.isPassed(cause)) {
        const waiting = this.#waiting.get(cause);
        if (waiting === undefined) this.#waiting.set(cause, [session]);
        else waiting.push(session);
        return;
      }
      if (cause !== none) this.#learn(session, index, cause);
      if (!this.#budget.spend(1)) return;
      this.sequence.push(access);
      this.#passed[session] = index + 1;
      for (const waiting of this.#waiting.get(access) ?? []) ready.push(waiting);
      this.#waiting.delete(access);
    }
  }

  // The access of another session that this one follows at once.
  #causeOf(access: number): number {
    const writer = this.#table.writer.at(access);
    if (this.#table.isWrite.at(access) === 0) return writer >= 0 ? writer : none;
    return this.#table.index.at(access) === 0
      ? this.#table.forks[this.#table.session.at(access)]!
      : none;
  }

  #learn(session: number, index: number, cause: number): void {
    const other = this.#table.session.at(cause);
    const place = this.#table.index.at(cause);
    if (other === session || this.#countAt(session, other, index) > place) return;
    this.#grow(session, other, { index, count: place + 1 });
    const known = this.#known[other]!;
    this.#budget.spend(known.size);
    for (const third of known.keys()) {
      const count = this.#countAt(other, third, place);
      if (third !== session && count > 0) this.#grow(session, third, { index, count });
    }
  }

  #grow(
    session: number,
    of: number,
    { index, count }: { readonly index: number; readonly count: number },
  ): void {
    const known = this.#known[session]!;
    const growth = known.get(of);
    if (growth === undefined) {
      known.set(of, { from: [index], count: [count] });
      return;
    }
    const last = growth.from.length - 1;
    if (growth.count[last]! >= count) return;
    if (growth.from[last] === index) {
      growth.count[last] = count;
    } else {
      growth.from.push(index);
      growth.count.push(count);
    }
  }
}
