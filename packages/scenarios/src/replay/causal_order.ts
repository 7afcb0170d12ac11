// What each transaction of a trace stands upon, and random orders that keep
// causes before effects.
//
// An author's transactions are totally ordered, so what an author had seen is a
// count of transactions for each agent: a version vector over the trace.

import { HoldfastError, type Random, randomBelow } from "@holdfast/std";
import type { Trace, TraceTransaction } from "./trace.ts";

/** Where a transaction stands in the history. */
export interface PlacedTransaction extends TraceTransaction {
  readonly index: number;
  /** How many transactions the agent made before this one. */
  readonly ordinal: number;
  /** For each agent, how many of its transactions the author had seen. */
  readonly seen: Uint32Array;
  /** Indexes of other agents' transactions that the author saw now, and had not at its own previous one. In file order. */
  readonly news: readonly number[];
}

/**
 * Places each transaction. O(transactions × agents).
 *
 * @throws {HoldfastError} `corrupt` where an author had not seen its own previous transaction.
 */
export function placeTransactions(trace: Trace): readonly PlacedTransaction[] {
  const agents = Array.from({ length: trace.agents }, (_, agent) => agent);
  const after: Uint32Array[] = [];
  const known = agents.map(() => new Uint32Array(trace.agents));
  const byAgent: number[][] = agents.map(() => []);
  return trace.transactions.map((transaction, index) => {
    const { agent } = transaction;
    const ordinal = byAgent[agent]!.length;
    const seen = new Uint32Array(trace.agents);
    for (const parent of transaction.parents) raise(seen, after[parent]!);
    if (seen[agent] !== ordinal) {
      throw new HoldfastError(
        "corrupt",
        `trace: txns[${index}] did not see its agent's previous one`,
      );
    }
    const before = known[agent]!;
    const news = agents
      .filter((other) => other !== agent && seen[other]! > before[other]!)
      .flatMap((other) => byAgent[other]!.slice(before[other], seen[other]))
      .sort((a, b) => a - b);
    known[agent] = seen;
    byAgent[agent]!.push(index);
    const result = seen.slice();
    result[agent] = ordinal + 1;
    after.push(result);
    return { ...transaction, index, ordinal, seen, news };
  });
}

/**
 * Puts `indexes` into a random order in which each transaction comes after those
 * of the list that it stands upon (Kahn's algorithm with random choices). Where
 * the list holds a transaction it must hold, or the receiver know, its parents.
 * O(transactions and their parents).
 */
export function shuffleCausally(
  transactions: readonly TraceTransaction[],
  indexes: readonly number[],
  random: Random,
): readonly number[] {
  const waitsFor = new Map<number, number>(indexes.map((index) => [index, 0]));
  const children = new Map<number, number[]>(indexes.map((index) => [index, []]));
  for (const index of indexes) {
    for (const parent of transactions[index]!.parents) {
      if (!waitsFor.has(parent)) continue;
      waitsFor.set(index, waitsFor.get(index)! + 1);
      children.get(parent)!.push(index);
    }
  }
  const ready = indexes.filter((index) => waitsFor.get(index) === 0);
  const order: number[] = [];
  while (ready.length > 0) {
    const draw = randomBelow(random, ready.length);
    const index = ready[draw]!;
    ready[draw] = ready[ready.length - 1]!;
    ready.pop();
    order.push(index);
    for (const child of children.get(index)!) {
      waitsFor.set(child, waitsFor.get(child)! - 1);
      if (waitsFor.get(child) === 0) ready.push(child);
    }
  }
  return order;
}

function raise(vector: Uint32Array, other: Uint32Array): void {
  for (let agent = 0; agent < vector.length; agent += 1) {
    if (other[agent]! > vector[agent]!) vector[agent] = other[agent]!;
  }
}
