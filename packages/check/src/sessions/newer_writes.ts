// Which writes must be older than which, so that replicas agree in the end: what a read saw
// is newer than every write of its key that is before the read. Where that and causality
// run in a circle, no one order of all writes explains all reads: the pattern CyclicCF.
// Source: Bouajjani, Enea, Guerraoui and Hamza 2017, section 3.2 (causal convergence).

import type { Budget } from "../graph/budget.ts";
import { PairTable } from "../graph/pair_table.ts";
import { type AccessTable, none } from "./access_table.ts";
import type { CausalOrder } from "./causal_order.ts";
import type { KeyWrites } from "./key_writes.ts";

/** That a write is older than another, and the read that shows it. */
export interface Older {
  readonly older: number;
  readonly newer: number;
  readonly read: number;
}

/**
 * What a read shows to be older than what it saw, of each session the last write, unless
 * that is before it anyhow. `countBefore`: how many accesses of a session are before the read.
 */
export function* olderThanSeen(
  read: number,
  {
    table,
    writes,
    budget,
    countBefore,
  }: {
    readonly table: AccessTable;
    readonly writes: KeyWrites;
    readonly budget: Budget;
    readonly countBefore: (session: number) => number;
  },
): Generator<number> {
  const key = table.key.at(read);
  const seen = table.writer.at(read);
  for (const session of writes.writersOf(key)) {
    if (!budget.spend(1)) return;
    const older = writes.last(key, session, countBefore(session));
    if (older !== none && older !== seen) yield older;
  }
}

/** All that reads show, each once, in a history whose causal order is whole. Cost: the sessions that write its key, for each read. */
export function olderWrites(
  table: AccessTable,
  by: { readonly order: CausalOrder; readonly writes: KeyWrites; readonly budget: Budget },
): Older[] {
  const pairs = new PairTable();
  const found: Older[] = [];
  for (const read of by.order.sequence) {
    const newer = table.writer.at(read);
    if (table.isWrite.at(read) === 1 || newer < 0) continue;
    const countBefore = (session: number) => by.order.countBefore(read, session);
    for (const older of olderThanSeen(read, { table, ...by, countBefore })) {
      if (by.order.isBefore(older, newer)) continue;
      if (pairs.add(older, newer) === found.length) found.push({ older, newer, read });
    }
  }
  return found;
}
