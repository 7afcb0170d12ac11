// Made-up histories in the shape of traces, of any size, to see how costs grow: what is known
// to be hard for an engine that merges text. Each is a function of its size alone.

import { randomBelow, SeededRandom } from "@holdfast/std";
import type { Edit, Transaction } from "./peer.ts";
import type { Trace } from "./trace.ts";

/** A kind of history. */
export interface History {
  readonly name: string;
  /** Edits, or whatever is counted, at each step; the last is what an engine must take. */
  readonly sizes: readonly number[];
  make(size: number): Trace;
}

const letters = "abcdefghijklmnopqrstuvwxyz     ";

/** People who work: mostly they type on, sometimes they delete, sometimes they go elsewhere. */
class Author {
  readonly #random: SeededRandom;
  #at = 0;
  length: number;

  constructor(seed: number, length: number) {
    this.#random = new SeededRandom(seed);
    this.length = length;
  }

  edit(): Edit {
    const dice = randomBelow(this.#random, 100);
    if (dice < 4) this.#at = randomBelow(this.#random, this.length + 1);
    this.#at = Math.min(this.#at, this.length);
    if (dice < 20 && this.#at > 0) {
      this.#at -= 1;
      this.length -= 1;
      return [this.#at, 1, ""];
    }
    this.#at += 1;
    this.length += 1;
    return [this.#at - 1, 0, letters[randomBelow(this.#random, letters.length)]!];
  }
}

function concurrent(agentCount: number, transactions: readonly Transaction[]): Trace {
  return { isConcurrent: true, agentCount, transactions, endContent: "", inCodePoints: false };
}

function sequential(edits: readonly Edit[]): Trace {
  let text = "";
  for (const [at, deleted, inserted] of edits) {
    text = text.slice(0, at) + inserted + text.slice(at + deleted);
  }
  const transactions = edits.map((edit, index) => ({
    agent: 0,
    parents: index === 0 ? [] : [index - 1],
    edits: [edit],
  }));
  return {
    isConcurrent: false,
    agentCount: 1,
    transactions,
    endContent: text,
    inCodePoints: false,
  };
}

/** Two people edit a text of 10,000 characters offline, so many edits each, and merge. */
function twoOffline(size: number): Trace {
  const base = "Lorem ipsum dolor sit amet, consectetur adipiscing elit. ".repeat(175);
  const transactions: Transaction[] = [{ agent: 0, parents: [], edits: [[0, 0, base]] }];
  const lasts = [0, 0];
  for (const agent of [0, 1]) {
    const author = new Author(agent + 1, base.length);
    for (let count = 0; count < size; count += 1) {
      transactions.push({ agent, parents: [lasts[agent]!], edits: [author.edit()] });
      lasts[agent] = transactions.length - 1;
    }
  }
  transactions.push({ agent: 0, parents: lasts, edits: [] });
  return concurrent(2, transactions);
}

/** So many agents insert a word at one position, without having seen each other's. */
function onePosition(size: number): Trace {
  const transactions: Transaction[] = [{ agent: 0, parents: [], edits: [[0, 0, "<>"]] }];
  for (let agent = 0; agent < size; agent += 1) {
    transactions.push({ agent, parents: [0], edits: [[1, 0, `agent ${agent} `]] });
  }
  const all = transactions.slice(1).map((_, index) => index + 1);
  transactions.push({ agent: 0, parents: all, edits: [] });
  return concurrent(size, transactions);
}

/** Every character is typed before all others. */
function backwards(size: number): Trace {
  return sequential(Array.from({ length: size }, (_, index) => [0, 0, letters[index % 26]!]));
}

/** Single characters, inserted and deleted in turn at random places of a text of 10,000. */
function random(size: number): Trace {
  const chance = new SeededRandom(7);
  const edits: Edit[] = [[0, 0, "0123456789".repeat(1_000)]];
  for (let count = 0; count < size; count += 1) {
    const isInsert = count % 2 === 0;
    edits.push(
      isInsert
        ? [randomBelow(chance, 10_001), 0, letters[randomBelow(chance, 26)]!]
        : [randomBelow(chance, 10_001), 1, ""],
    );
  }
  return sequential(edits);
}

/** So many branches of ten edits, each taken from the trunk while it gets ten more, and merged. */
function shortBranches(size: number): Trace {
  const agentCount = 9;
  const transactions: Transaction[] = [
    { agent: 0, parents: [], edits: [[0, 0, "A trunk. ".repeat(100)]] },
  ];
  const lengthMin = 900;
  let parents = [0];
  for (let branch = 0; branch < size; branch += 1) {
    const made = [0, 1 + (branch % (agentCount - 1))].map((agent) => {
      const author = new Author(agent + 10 * branch + 1, lengthMin);
      transactions.push({ agent, parents, edits: Array.from({ length: 10 }, () => author.edit()) });
      return transactions.length - 1;
    });
    parents = made;
  }
  transactions.push({ agent: 0, parents, edits: [] });
  return concurrent(agentCount, transactions);
}

export const histories: readonly History[] = [
  { name: "two offline writers", sizes: [6_250, 25_000, 100_000], make: twoOffline },
  { name: "agents at one position", sizes: [63, 250, 1_000], make: onePosition },
  { name: "typing backwards", sizes: [10_000, 40_000, 160_000], make: backwards },
  { name: "random inserts and deletes", sizes: [62_500, 250_000, 1_000_000], make: random },
  { name: "short branches", sizes: [63, 250, 1_000], make: shortBranches },
];

/** A small history with a little of everything. */
export function probe(): Trace {
  return shortBranches(30);
}

/** A trace so many times, one after another, each typed before the text of those before it. */
export function repeated(trace: Trace, times: number): Trace {
  const { transactions } = trace;
  const all: Transaction[] = [];
  for (let time = 0; time < times; time += 1) {
    const start = all.length;
    for (const { agent, parents, edits } of transactions) {
      const above =
        parents.length === 0 && start > 0 ? [start - 1] : parents.map((at) => at + start);
      all.push({ agent, parents: above, edits });
    }
  }
  return { ...trace, transactions: all, endContent: trace.endContent.repeat(times) };
}
