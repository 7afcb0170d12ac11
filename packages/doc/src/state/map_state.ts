// What a map holds on one version: for each key, the sets of it that no other follows.
//
// One of them wins: the one with the greatest Lamport time, then the greatest
// agent. Lamport time grows along causality, so a set wins over all that its
// author had seen; the rest are the conflicts.

import { type EventGraph, lacking } from "@holdfast/causality";

/** Heads of each key, by local number. */
export class MapState {
  readonly #heads = new Map<string, readonly number[]>();

  /** Keys that were ever set, in order of first set here. */
  keys(): IterableIterator<string> {
    return this.#heads.keys();
  }

  /** The sets of `key` that no other follows; empty where it was never set. */
  heads(key: string): readonly number[] {
    return this.#heads.get(key) ?? [];
  }

  /** Takes in a set of `key` by the event `lv`. O(heads of the key, and what lies between). */
  set(graph: EventGraph, key: string, lv: number): void {
    this.#heads.set(key, [...lacking(graph, graph.parents(lv), this.heads(key)), lv]);
  }

  /** Puts back what {@link heads} gave before. */
  restore(key: string, heads: readonly number[]): void {
    if (heads.length === 0) this.#heads.delete(key);
    else this.#heads.set(key, heads);
  }
}

/** The head that wins. `heads` is not empty. */
export function winningHead(graph: EventGraph, heads: readonly number[]): number {
  let winner = heads[0]!;
  for (let index = 1; index < heads.length; index += 1) {
    const head = heads[index]!;
    const difference = graph.lamport(head) - graph.lamport(winner);
    if (difference > 0 || (difference === 0 && graph.id(head).agent > graph.id(winner).agent)) {
      winner = head;
    }
  }
  return winner;
}
