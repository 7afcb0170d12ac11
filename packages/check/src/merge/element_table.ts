// Numbers for the elements of all lists and trees of a log. An element belongs to one
// object: the same id in two of them is two elements.

import { HoldfastError } from "@holdfast/std";
import { IntColumn } from "../graph/int_column.ts";
import { PairTable } from "../graph/pair_table.ts";
import { type AgentTable, NameTable } from "./names.ts";
import type { MergeId, MergeIds } from "./record.ts";

/** Elements in a log. */
const elementsMax = 2 ** 24;

/** The numbers, from 0. */
export class ElementTable {
  readonly #objects = new NameTable();
  readonly #agents: AgentTable;
  // Pairs of an object and an agent, and pairs of such a pair and a sequence number.
  readonly #spaces = new PairTable();
  readonly #elements = new PairTable();
  readonly #spaceObject = new IntColumn();
  readonly #spaceAgent = new IntColumn();
  readonly #space = new IntColumn(1024);
  readonly #sequence = new IntColumn(1024);

  constructor(agents: AgentTable) {
    this.#agents = agents;
  }

  get size(): number {
    return this.#sequence.size;
  }

  get objectCount(): number {
    return this.#objects.size;
  }

  objectNumber(name: string): number {
    return this.#objects.number(name);
  }

  objectName(object: number): string {
    return this.#objects.name(object);
  }

  /** The elements of some runs, in order. @throws {HoldfastError} `too_large` */
  numbers(object: number, ids: readonly MergeIds[]): number[] {
    const numbers: number[] = [];
    for (const each of ids) {
      const { agent, from, to } = this.#agents.run(each);
      const space = this.#spaceOf(object, agent);
      for (let sequence = from; sequence < to; sequence += 1) {
        numbers.push(this.#number(space, sequence));
      }
    }
    return numbers;
  }

  /** The element of an id. @throws {HoldfastError} `too_large` */
  number(object: number, id: MergeId): number {
    return this.numbers(object, [id])[0]!;
  }

  objectOf(element: number): number {
    return this.#spaceObject.at(this.#space.at(element));
  }

  id(element: number): MergeId {
    return this.#agents.id(
      this.#spaceAgent.at(this.#space.at(element)),
      this.#sequence.at(element),
    );
  }

  #spaceOf(object: number, agent: number): number {
    const space = this.#spaces.add(object, agent);
    if (space === this.#spaceObject.size) {
      this.#spaceObject.push(object);
      this.#spaceAgent.push(agent);
    }
    return space;
  }

  #number(space: number, sequence: number): number {
    const element = this.#elements.add(space, sequence);
    if (element < this.size) return element;
    if (element >= elementsMax) {
      throw new HoldfastError("too_large", `the log has over ${elementsMax} elements`);
    }
    this.#space.push(space);
    return this.#sequence.push(sequence);
  }
}
