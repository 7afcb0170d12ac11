// Reads that saw what was older than they had to see.
//
// A read of a key is stale towards a write of that key which is before it, if it saw the
// initial state, or a write that is before that one: the patterns WriteCOInitRead and
// WriteCORead. Which guarantee is broken depends on why the write is before the read:
//
//   read-your-writes      the read's own session wrote it
//   monotonic-reads       the session had read it
//   monotonic-writes      the session had read a later write of its writer, of another key
//   writes-follow-reads   the session had read a write, of another key, whose session had
//                         read it before
//   causal                none of these: by a longer chain
//
// One write of a session is enough: if a read is stale towards an earlier one of the same
// session and key, then towards the last one before the read too.
// Source: Bouajjani, Enea, Guerraoui and Hamza 2017, section 3; the guarantees of sessions
// are those of Terry, Demers, Petersen, Spreitzer, Theimer and Welch 1994, section 3, told
// by what a client can see.

import type { Budget } from "../graph/budget.ts";
import { type AccessTable, initialState, none, thinAir, unknownWriter } from "./access_table.ts";
import type { CausalOrder } from "./causal_order.ts";
import type { KeyWrites } from "./key_writes.ts";
import { SeenWrites } from "./seen_writes.ts";
import type { Guarantee } from "./verdict.ts";

// The four guarantees of sessions, and causality.
const causalAndBelow = 5;

/** A read, what it saw, and what it had to see at least. */
export interface StaleRead {
  readonly guarantee: Guarantee;
  readonly read: number;
  /** The write that it saw, or `initialState`. */
  readonly seen: number;
  /** The newer write. */
  readonly missed: number;
  /** A write that the session had read, by which it had to see the newer one; else `none`. */
  readonly by: number;
}

/** What the reads of a history are, one after the other. */
export class StaleReads {
  readonly found: StaleRead[] = [];
  /** Guarantees that a read could have broken. */
  readonly judged = new Set<Guarantee>();
  readonly #table: AccessTable;
  readonly #order: CausalOrder;
  readonly #writes: KeyWrites;
  readonly #seen: SeenWrites;
  readonly #budget: Budget;

  constructor(
    table: AccessTable,
    by: { readonly order: CausalOrder; readonly writes: KeyWrites; readonly budget: Budget },
  ) {
    this.#table = table;
    this.#order = by.order;
    this.#writes = by.writes;
    this.#budget = by.budget;
    this.#seen = new SeenWrites(table, by.order);
  }

  /** Judges all reads that are in order. Cost: the sessions that write its key, for each read. */
  judge(): void {
    for (const access of this.#order.sequence) {
      if (this.#budget.ended) return;
      if (this.#table.isWrite.at(access) === 1) continue;
      const writer = this.#table.writer.at(access);
      if (writer === unknownWriter || writer === thinAir) continue;
      this.#judgeRead(access, writer);
      if (writer !== initialState) this.#seen.note(access, writer);
    }
  }

  // What breaks one of the four breaks causality: so of a read that does not, they are asked
  // only to learn whether anything could have broken them.
  #judgeRead(read: number, seen: number): void {
    this.judged.add("causal");
    const missed = this.#missedByCause(read, seen);
    if (missed === none && this.judged.size === causalAndBelow) return;
    const before = this.found.length;
    this.#judgeOwnWrites(read, seen);
    this.#judgeOwnReads(read, seen);
    this.#judgeOthers(read, seen);
    if (this.found.length > before || missed === none) return;
    this.found.push({ guarantee: "causal", read, seen, missed, by: none });
  }

  #judgeOwnWrites(read: number, seen: number): void {
    const session = this.#table.session.at(read);
    const last = this.#writes.last(this.#table.key.at(read), session, this.#table.index.at(read));
    this.#compare("read-your-writes", { read, seen, missed: last, by: none });
  }

  #judgeOwnReads(read: number, seen: number): void {
    const session = this.#table.session.at(read);
    const index = this.#table.index.at(read);
    for (const missed of this.#seen.frontier(session, this.#table.key.at(read), index)) {
      if (this.#compare("monotonic-reads", { read, seen, missed, by: none })) return;
    }
  }

  // By what was read of each other session: what that one wrote before, and what it had read.
  #judgeOthers(read: number, seen: number): void {
    const session = this.#table.session.at(read);
    const key = this.#table.key.at(read);
    for (const other of this.#seen.sessionsReadBy(session)) {
      if (!this.#budget.spend(1)) return;
      const by = this.#seen.furthest(session, other, key);
      if (by === none) continue;
      const found = this.found.length;
      for (const [past, count] of this.#pastsOf(by)) {
        // What it did itself is told by the first two.
        if (past === session) continue;
        const missed = this.#writes.last(key, past, count);
        this.#compare("monotonic-writes", { read, seen, by, missed });
        for (const known of this.#seen.frontier(past, key, count)) {
          if (this.#compare("writes-follow-reads", { read, seen, by, missed: known })) break;
        }
      }
      // Of each read one such session is enough.
      if (this.found.length > found) return;
    }
  }

  // The session of a write up to it, and the one from which that forks.
  *#pastsOf(write: number): Generator<readonly [session: number, count: number]> {
    const session = this.#table.session.at(write);
    const fork = this.#table.forks[session]!;
    yield [session, this.#table.index.at(write)];
    if (fork !== none) yield [this.#table.session.at(fork), this.#table.index.at(fork) + 1];
  }

  // A write before a read that makes it stale, or `none`.
  #missedByCause(read: number, seen: number): number {
    const key = this.#table.key.at(read);
    if (!this.#budget.spend(this.#writes.writerCount(key))) return none;
    for (const session of this.#writes.writersOf(key)) {
      const count = this.#order.countBefore(read, session);
      const last = this.#writes.last(key, session, count);
      if (last !== none && this.#isStale(seen, last)) return last;
    }
    return none;
  }

  // Whether a read is stale towards `missed`, which the guarantee has it see.
  #compare(guarantee: Guarantee, stale: Omit<StaleRead, "guarantee">): boolean {
    const { seen, missed } = stale;
    if (missed === none) return false;
    this.judged.add(guarantee);
    if (!this.#isStale(seen, missed)) return false;
    this.found.push({ guarantee, ...stale });
    return true;
  }

  #isStale(seen: number, missed: number): boolean {
    if (missed === seen) return false;
    return seen === initialState || this.#order.isBefore(seen, missed);
  }
}
