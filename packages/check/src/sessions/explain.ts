// Puts into words how a guarantee was broken, with a shortest chain of reasons.

import type { Budget } from "../graph/budget.ts";
import { PairTable } from "../graph/pair_table.ts";
import { operationName, quote } from "../isolation/wording.ts";
import type { AccessGraph } from "./access_graph.ts";
import { type AccessTable, initialState, none } from "./access_table.ts";
import type { MemoryFault } from "./causal_memory.ts";
import type { Older } from "./newer_writes.ts";
import type { StaleRead } from "./stale_reads.ts";
import type { Guarantee, SessionEdge, SessionFault } from "./verdict.ts";

/** Words for the faults of one history. */
export class Explain {
  readonly #table: AccessTable;
  readonly #graph: AccessGraph;
  readonly #budget: Budget;
  // The reads that show what is older, by the number of the pair.
  readonly #pairs = new PairTable();
  readonly #reads: number[] = [];

  constructor(table: AccessTable, graph: AccessGraph, budget: Budget) {
    this.#table = table;
    this.#graph = graph;
    this.#budget = budget;
  }

  /** Remembers which reads show what is older, so that walks may use it. */
  addOlder(all: Iterable<Older>): void {
    for (const { older, newer, read } of all) {
      this.#graph.linkOlder(older, newer);
      if (this.#pairs.add(older, newer) === this.#reads.length) this.#reads.push(read);
    }
  }

  stale(stale: StaleRead): SessionFault {
    const { guarantee, read, seen, missed } = stale;
    const seenBefore = seen === initialState ? [] : this.#walk(seen, missed);
    const edges = [...seenBefore, ...this.#walk(missed, read)];
    const value = quote(this.#table.value(missed));
    const than =
      seen === initialState
        ? `and not ${value}, which ${this.#name(missed)} wrote`
        : `which is older than ${value}, which ${this.#name(missed)} wrote`;
    return this.#fault(
      guarantee,
      `${this.#sawWhat(read)}, ${than}: ${this.#cause(stale)}`,
      [read, missed, seen, stale.by],
      edges,
    );
  }

  thinAir(read: number): SessionFault {
    const sentence = `${this.#sawWhat(read)}, which nobody wrote`;
    return this.#fault("causal", sentence, [read], []);
  }

  cycle(guarantee: Guarantee, cycle: readonly number[]): SessionFault {
    const path = [...cycle, cycle[0]!].map((access) => this.#name(access)).join(" before ");
    return this.#fault(guarantee, `no order fits: ${path}`, cycle, this.#round(cycle));
  }

  memory({ older, initialRead }: MemoryFault): SessionFault {
    this.addOlder(older);
    if (initialRead === null) {
      const [cycle] = this.#graph.cycles(this.#budget);
      const session = this.#table.processName(older[0]!.read);
      const sentence = `no one order explains all that ${session} read`;
      const shown = cycle ?? older.slice(0, 1).map(({ read }) => read);
      return this.#fault("causal-memory", sentence, shown, this.#round(cycle ?? []));
    }
    const { read, write } = initialRead;
    return this.#fault(
      "causal-memory",
      `${this.#sawWhat(read)}, though ${this.#name(write)}, which wrote ${quote(this.#table.value(write))}, comes before it in every order that explains what ${this.#table.processName(read)} read`,
      [read, write],
      this.#walk(write, read),
    );
  }

  #round(cycle: readonly number[]): SessionEdge[] {
    return cycle.map((access, step) => this.#edge(access, cycle[(step + 1) % cycle.length]!));
  }

  #cause({ guarantee, missed, by }: StaleRead): string {
    switch (guarantee) {
      case "read-your-writes":
        return "its own session wrote that before";
      case "monotonic-reads":
        return "its session had read that before";
      case "monotonic-writes":
        return `its session had read ${this.#what(by)}, which ${this.#table.processName(missed)} wrote after that`;
      case "writes-follow-reads":
        return `its session had read ${this.#what(by)}, which ${this.#table.processName(by)} wrote after it had read that`;
      default:
        return "that comes before it";
    }
  }

  // Both ends included, as edges. Where the budget ends, one edge has to do.
  #walk(from: number, to: number): SessionEdge[] {
    const walk = this.#graph.walk(from, to, this.#budget) ?? [];
    return walk.slice(1).map((access, step) => this.#edge(walk[step]!, access));
  }

  #edge(from: number, to: number): SessionEdge {
    const table = this.#table;
    const ends = { from: table.operation.at(from), to: table.operation.at(to) };
    const so = `so ${this.#name(from)} is before ${this.#name(to)}`;
    const inSession =
      table.session.at(from) === table.session.at(to) && table.index.at(from) < table.index.at(to);
    if (inSession || table.forks[table.session.at(to)] === from) {
      const process = table.processName(from);
      const what = `${process} did ${this.#name(from)} and then ${this.#name(to)}`;
      const within = `${this.#name(from)} ${this.#did(from)} and then ${this.#did(to)}`;
      return { ...ends, type: "session", reason: ends.from === ends.to ? within : what };
    }
    if (table.isWrite.at(to) === 0 && table.writer.at(to) === from) {
      const reason = `${this.#sawWhat(to)}, which ${this.#name(from)} wrote: ${so}`;
      return { ...ends, type: "reads-from", reason };
    }
    const read = this.#reads[this.#pairs.find(from, to)] ?? to;
    const reason = `${this.#sawWhat(read)}, which ${this.#name(to)} wrote, and comes after ${this.#name(from)}, which wrote ${quote(table.value(from))}: ${so}`;
    return { ...ends, type: "older", reason };
  }

  #fault(
    guarantee: Guarantee,
    sentence: string,
    accesses: readonly number[],
    edges: readonly SessionEdge[],
  ): SessionFault {
    const operations = accesses
      .filter((access) => access !== none && access !== initialState)
      .map((access) => this.#table.operation.at(access));
    for (const { from, to } of edges) operations.push(from, to);
    return { guarantee, sentence, operations: [...new Set(operations)], edges };
  }

  #name(access: number): string {
    return operationName(this.#table.operation.at(access));
  }

  #did(access: number): string {
    return `${this.#table.isWrite.at(access) === 1 ? "wrote" : "read"} ${quote(this.#table.keyName(access))}`;
  }

  #what(access: number): string {
    return `${quote(this.#table.value(access))} in ${quote(this.#table.keyName(access))}`;
  }

  #sawWhat(read: number): string {
    const value = this.#table.value(read);
    const seen = value === null ? "as never written" : `as ${quote(value)}`;
    return `${this.#name(read)} read ${quote(this.#table.keyName(read))} ${seen}`;
  }
}
