// The edges of the causal order, and more that are found out, as a graph in which cycles
// and shortest walks are looked for. A junction goes with each access of a session, so that
// a walk along a session is one step, however long:
//
//   a ----> j(b) ----> j(c) ----> j(d)
//            |          |          |
//            v          v          v
//            b          c          d          and b ----> j(c) and so on

import { type Adjacency, adjacencyOf } from "../graph/adjacency.ts";
import type { Budget } from "../graph/budget.ts";
import { cyclicComponents } from "../graph/component_graph.ts";
import { componentsOf } from "../graph/components.ts";
import { findCycle } from "../graph/cycle_search.ts";
import { processOrder, wr, ww } from "../graph/dependency.ts";
import { IntColumn } from "../graph/int_column.ts";
import { WalkSearch } from "../graph/shortest_walk.ts";
import { type AccessTable, none } from "./access_table.ts";

const anyEdge = processOrder | wr | ww;

/** The graph of a history. */
export class AccessGraph {
  readonly #size: number;
  readonly #edges = {
    source: new IntColumn(1024),
    target: new IntColumn(1024),
    bits: new IntColumn(1024),
  };
  #built: Adjacency | null = null;

  /** Begins with the order of sessions and what was read from whom. Linear. */
  constructor(table: AccessTable) {
    this.#size = table.size;
    for (const [session, accesses] of table.sessions.entries()) {
      const fork = table.forks[session]!;
      if (fork !== none && accesses.length > 0) this.#link(fork, accesses[0]!, processOrder);
      for (const [index, access] of accesses.entries()) {
        this.#link(this.#junction(access), access, processOrder);
        const next = accesses[index + 1];
        if (next === undefined) continue;
        this.#link(access, this.#junction(next), processOrder);
        this.#link(this.#junction(access), this.#junction(next), processOrder);
      }
    }
    for (let access = 0; access < table.size; access += 1) {
      const writer = table.writer.at(access);
      if (table.isWrite.at(access) === 0 && writer >= 0) this.#link(writer, access, wr);
    }
  }

  /** Says that a write is older than another. */
  linkOlder(older: number, newer: number): void {
    this.#link(older, newer, ww);
    this.#built = null;
  }

  /** A smallest cycle of each component, by accesses, the smallest first. Linear where there is none. */
  cycles(budget: Budget): number[][] {
    const graph = this.#graph();
    const components = cyclicComponents(graph, componentsOf(graph), this.#size);
    const found: number[][] = [];
    for (const component of components) {
      const cycle = findCycle(component, { free: anyEdge, jump: 0, jumps: "none" }, budget);
      if (typeof cycle !== "string") found.push([...cycle.transactions]);
    }
    return found.sort((left, right) => left.length - right.length);
  }

  /** The accesses of a shortest walk, both ends included; null where there is none, or the budget ended. */
  walk(from: number, to: number, budget: Budget): number[] | null {
    const graph = this.#graph();
    const isJunction = new Uint8Array(graph.size).fill(1, this.#size);
    const walk = new WalkSearch(graph, isJunction).find(from, to, graph.size, budget);
    return walk?.filter((node) => node < this.#size) ?? null;
  }

  #graph(): Adjacency {
    this.#built ??= adjacencyOf(2 * this.#size, this.#edges);
    return this.#built;
  }

  #junction(access: number): number {
    return this.#size + access;
  }

  #link(source: number, target: number, bits: number): void {
    this.#edges.source.push(source);
    this.#edges.target.push(target);
    this.#edges.bits.push(bits);
  }
}
