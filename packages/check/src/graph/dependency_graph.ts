// The graph of what came before what, while it is built: transactions, and junctions.
//
// A junction is a node that stands for no transaction. It keeps the graph linear where
// each of many transactions precedes each of many others: all lead into the junction, and
// it leads to all. A step out of a junction is the second half of the step into it, and
// has the same bits.

import { type Adjacency, adjacencyOf } from "./adjacency.ts";
import { IntColumn } from "./int_column.ts";

// Below this many edges, each is written down; a junction would make walks longer.
const directEdgesMax = 256;

/** Collects edges. Nodes below `transactions` are transactions, the others junctions. */
export class DependencyGraph {
  readonly transactions: number;
  readonly #source = new IntColumn(1024);
  readonly #target = new IntColumn(1024);
  readonly #bits = new IntColumn(1024);
  #size: number;
  /** Whether anything was related, be it a transaction with itself. */
  related = false;

  constructor(transactions: number) {
    this.transactions = transactions;
    this.#size = transactions;
  }

  /** Edges so far. */
  get edgeCount(): number {
    return this.#source.size;
  }

  /** Says that `source` is before `target`. What depends on itself is only noted. */
  link(source: number, target: number, bits: number): void {
    this.related = true;
    if (source === target) return;
    this.#source.push(source);
    this.#target.push(target);
    this.#bits.push(bits);
  }

  junction(): number {
    this.#size += 1;
    return this.#size - 1;
  }

  /** Says that each of `sources` is before each of `targets`, save itself. Linear. */
  linkAll(sources: readonly number[], targets: readonly number[], bits: number): void {
    if (sources.length * targets.length <= directEdgesMax) {
      for (const source of sources) {
        for (const target of targets) this.link(source, target, bits);
      }
      return;
    }
    this.#linkThroughJunctions(sources, [...new Set(targets)], bits);
  }

  // One chain of junctions leads to the targets from a place on, another to those before
  // it. So a source that is a target too reaches all others, and not itself:
  //
  //   source 2 --> f3 -> f4 -> ...     each f and b leads to the target of its number
  //   source 2 --> b1 -> b0
  #linkThroughJunctions(sources: readonly number[], targets: readonly number[], bits: number) {
    const places = new Map(targets.map((target, place) => [target, place]));
    const forth = targets.map(() => this.junction());
    const back = targets.map(() => this.junction());
    for (const [place, target] of targets.entries()) {
      this.link(forth[place]!, target, bits);
      this.link(back[place]!, target, bits);
      if (place > 0) {
        this.link(forth[place - 1]!, forth[place]!, bits);
        this.link(back[place]!, back[place - 1]!, bits);
      }
    }
    for (const source of sources) {
      const place = places.get(source);
      const after = place === undefined ? 0 : place + 1;
      if (after < targets.length) this.link(source, forth[after]!, bits);
      if (place !== undefined && place > 0) this.link(source, back[place - 1]!, bits);
    }
  }

  /** The graph. Linear. */
  build(): Adjacency {
    return adjacencyOf(this.#size, {
      source: this.#source,
      target: this.#target,
      bits: this.#bits,
    });
  }
}
