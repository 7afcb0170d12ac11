// Numbers for names, and how verdicts speak of records and ids.

import type { EventRun } from "./event_set.ts";
import { type MergeId, type MergeIds, runOf } from "./record.ts";

/** Numbers texts from 0, in the order in which they come. */
export class NameTable {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  name(number: number): string {
    return this.#names[number]!;
  }
}

/** Numbers the writers of ids, and remembers which of them have sequences. */
export class AgentTable {
  readonly #names = new NameTable();
  readonly #numbered = new Set<number>();

  /** A run of ids, whose writer has a number. */
  run(ids: MergeIds): EventRun {
    const { agent: name, from, to } = runOf(ids);
    const agent = this.#names.number(name);
    if (typeof ids !== "string") this.#numbered.add(agent);
    return { agent, from, to };
  }

  /** An id as people wrote it. */
  id(agent: number, sequence: number): MergeId {
    const name = this.#names.name(agent);
    return sequence === 0 && !this.#numbered.has(agent) ? name : [name, sequence];
  }
}

/** An id as verdicts write it: `a:3`, or the name of what has no sequence. */
export function idName(id: MergeId): string {
  return typeof id === "string" ? id : `${id[0]}:${id[1]}`;
}

const namesShownMax = 8;

/** Some ids, in brackets; of many, the first. */
export function idNames(ids: readonly MergeId[]): string {
  const shown = ids.slice(0, namesShownMax).map(idName);
  if (ids.length > namesShownMax) shown.push("...");
  return `[${shown.join(" ")}]`;
}

/** A record by its place in the log. */
export function recordName(place: number): string {
  return `R${place}`;
}

/** An object, for a sentence. */
export function objectName(object: string): string {
  return object === "" ? "the object" : object;
}
