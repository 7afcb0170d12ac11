// What comes in on one channel of a responder, until it is answered.
//
// Bundles are offered to the holdings as they come, without waiting for each
// other, so that many share one commit. Their outcomes may come in any order;
// `through` tells the sender up to where all are in.
//
// Invariants:
//   IF1  `through` never decreases, and never passes a bundle without outcome.
//   IF2  Only runs of bundles that are stored or known enter an acknowledgement.

import { VersionVector } from "@holdfast/causality";
import type { BundleSection } from "@holdfast/doc";
import { assert } from "@holdfast/std";
import { advance } from "./outflow.ts";

interface Pending {
  readonly sections: readonly BundleSection[];
  answered: boolean;
}

/** What is to be told to the sender. */
export interface Acknowledgement {
  readonly through: number;
  readonly vector: VersionVector;
}

/** The bundles of one channel that wait for their outcome. */
export class Inflow {
  // Ordinals from `#through + 1` on, each until all before it are answered.
  readonly #pending = new Map<number, Pending>();
  #received = 0;
  #through = 0;
  #toldThrough = 0;
  #vector = new VersionVector();

  /** How many bundles have no outcome yet. */
  get waiting(): number {
    return this.#received - this.#through;
  }

  /** Takes in the next bundle; its ordinal. */
  receive(sections: readonly BundleSection[]): number {
    this.#received += 1;
    this.#pending.set(this.#received, { sections, answered: false });
    return this.#received;
  }

  /** Notes the outcome of a bundle: `kept` where its events are durable. */
  answer(ordinal: number, kept: boolean): void {
    const pending = this.#pending.get(ordinal);
    assert(pending !== undefined && !pending.answered, "IF1: an outcome without its bundle");
    pending.answered = true;
    if (kept) for (const section of pending.sections) advance(this.#vector, section);
    for (let next = this.#through + 1; this.#pending.get(next)?.answered; next += 1) {
      this.#pending.delete(next);
      this.#through = next;
    }
  }

  /** What was answered since the last call; null where that is nothing new. */
  acknowledge(): Acknowledgement | null {
    if (this.#through === this.#toldThrough && this.#vector.size === 0) return null;
    const vector = this.#vector;
    this.#vector = new VersionVector();
    this.#toldThrough = this.#through;
    return { through: this.#through, vector };
  }
}
