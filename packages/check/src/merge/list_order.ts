// The list specifications: whether one order of all elements, also of those that were
// deleted in between, agrees with all lists that were shown (the strong one), or at least
// no two lists order two elements in two ways (the weak one).
//
// Each list that was shown is a chain, and so is each insertion: what its author saw before
// it, what was inserted, what its author saw behind it. Neighbours in chains are the edges
// of a graph; one order agrees with all chains exactly if the graph has no cycle. Where it
// has one, the chains are cut down to the elements of its component, and a smallest cycle
// of "this chain has a before b" is looked for: of two elements, the weak specification is
// broken too.
// Source: Attiya, Burckhardt, Gotsman, Morrison, Yang and Zawirski 2016, definitions 3.2
// (strong) and 3.3 (weak); the exact contents of a list are judged by contents_judge.ts.

import { adjacencyOf } from "../graph/adjacency.ts";
import type { Budget } from "../graph/budget.ts";
import { componentsOf } from "../graph/components.ts";
import { IntColumn } from "../graph/int_column.ts";
import { PairTable } from "../graph/pair_table.ts";
import { type Chain, type ChainCycle, cycleOfChains } from "./chain_cycle.ts";
import type { Faults } from "./faults.ts";
import type { LogIndex } from "./log_index.ts";
import { idName, recordName } from "./names.ts";

/** The chains of all lists of a log. */
export class ListOrder {
  readonly #index: LogIndex;
  readonly #faults: Faults;
  readonly #budget: Budget;
  readonly #pairs = new PairTable();
  readonly #source = new IntColumn(1024);
  readonly #target = new IntColumn(1024);
  readonly #bits = new IntColumn(1024);
  readonly #places: number[] = [];

  constructor(index: LogIndex, faults: Faults, budget: Budget) {
    this.#index = index;
    this.#faults = faults;
    this.#budget = budget;
  }

  /** Adds the chain of a record, in which no element is twice. Linear. */
  add({ place, elements }: Chain): void {
    this.#places.push(place);
    for (let next = 1; next < elements.length; next += 1) {
      const source = elements[next - 1]!;
      const target = elements[next]!;
      if (this.#pairs.add(source, target) < this.#source.size) continue;
      this.#source.push(source);
      this.#target.push(target);
      this.#bits.push(0);
    }
  }

  /** Judges both specifications. Linear where one order agrees with all. */
  judge(): void {
    if (this.#places.length === 0) return;
    this.#faults.judged("strong-list");
    this.#faults.judged("weak-list");
    const size = this.#index.elements.size;
    const edges = { source: this.#source, target: this.#target, bits: this.#bits };
    const { of, sizes } = componentsOf(adjacencyOf(size, edges));
    const chains = this.#chainsWithin(of, sizes);
    const components = [...chains.keys()].sort((left, right) => sizes[left]! - sizes[right]!);
    for (const component of components) this.#explain(chains.get(component)!);
  }

  // The chains of each component that has a cycle, cut down to its elements.
  #chainsWithin(of: Int32Array, sizes: Int32Array): Map<number, Chain[]> {
    const found = new Map<number, Chain[]>();
    if (sizes.every((size) => size === 1)) return found;
    const known = new Set<string>();
    for (const place of this.#places) {
      const parts = new Map<number, number[]>();
      for (const element of chainAt(this.#index, place)) {
        if (!this.#budget.spend(1)) return found;
        const component = of[element]!;
        if (sizes[component] === 1) continue;
        const part = parts.get(component);
        if (part === undefined) parts.set(component, [element]);
        else part.push(element);
      }
      for (const [component, elements] of parts) {
        const key = elements.join();
        if (elements.length < 2 || known.has(key)) continue;
        known.add(key);
        const chains = found.get(component);
        if (chains === undefined) found.set(component, [{ place, elements }]);
        else chains.push({ place, elements });
      }
    }
    return found;
  }

  #explain(chains: readonly Chain[]): void {
    const { cycle, pairsKnown } = cycleOfChains(chains, this.#budget);
    if (cycle.length === 2) {
      this.#blame("weak-list", cycle);
      return;
    }
    if (!pairsKnown) this.#faults.undecided("weak-list");
    if (cycle.length > 0) this.#blame("strong-list", cycle);
  }

  #blame(promise: "weak-list" | "strong-list", cycle: ChainCycle): void {
    const steps = cycle.map(({ element, place }, index) => {
      const next = cycle[(index + 1) % cycle.length]!.element;
      const { elements } = this.#index;
      const [who] = this.#index.replicasOf([place]);
      return `${who} has ${idName(elements.id(element))} before ${idName(elements.id(next))} (${recordName(place)})`;
    });
    this.#faults.add(promise, {
      sentence: `no one order fits: ${steps.slice(0, stepsShownMax).join(", ")}`,
      places: [...new Set(cycle.map(({ place }) => place))],
      ids: cycle.map(({ element }) => this.#index.elements.id(element)),
      weight: cycle.length,
    });
  }
}

const stepsShownMax = 12;

/** The elements of a list that was shown, each once, or of an insertion between its neighbours. */
export function chainAt(index: LogIndex, place: number): number[] {
  const record = index.records[place]!;
  if (record.type !== "state" && record.type !== "event") return [];
  const object = index.elements.objectNumber(record.object ?? "");
  if (record.type === "state") {
    return [...new Set(index.elements.numbers(object, record.list ?? []))];
  }
  const { after, insert = [], before } = record;
  const neighbour = (id: typeof after) => (id === undefined || id === null ? [] : [id]);
  return [
    ...new Set(
      index.elements.numbers(object, [...neighbour(after), ...insert, ...neighbour(before)]),
    ),
  ];
}
