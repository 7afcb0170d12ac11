// What was proposed here and stands in a log, and who waits for it.
//
// Invariants:
//   PR1  A proposal is settled by what is applied alone: it stands there; or another entry
//        stands in its place; or an entry of a later term was applied before it, after
//        which none of its own term can follow. That it was cut from the log of this node
//        says nothing: another may have it, lead, and commit it.

import { HoldfastError } from "@holdfast/std";
import type { Entry } from "../raft/entry.ts";
import type { Index, Position, Term } from "../raft/types.ts";
import type { Pending } from "./caller.ts";

/** A proposal that stands in the log of the leader of `term`. */
interface Proposed extends Pending {
  readonly term: Term;
}

/** See the head of this file. */
export class Proposals {
  // Several at an index: a leader whose log was cut appends there again.
  readonly #byIndex = new Map<Index, Proposed[]>();
  #appliedTerm: Term | null = null;

  /** `pending` waits for the entry at that position. */
  add({ index, term }: Position, pending: Pending): void {
    const { resolve, reject } = pending;
    this.#byIndex.set(index, [...(this.#byIndex.get(index) ?? []), { resolve, reject, term }]);
  }

  /** These were applied; they are not empty. O(entries). */
  settle(entries: readonly Entry[]): void {
    for (const { index, term } of entries) {
      for (const { term: proposed, resolve, reject } of this.#taken(index)) {
        if (proposed === term) resolve({ index, term });
        else reject(new HoldfastError("unavailable", "another leader's entry took its place"));
      }
    }
    this.#noteTerm(entries.at(-1)!.term);
  }

  /** A snapshot took the place of all entries through `index`. O(proposals). */
  skip({ index, term }: Position): void {
    for (const at of [...this.#byIndex.keys()]) {
      if (at > index) continue;
      for (const { reject } of this.#taken(at)) {
        reject(new HoldfastError("unknown_outcome", "a snapshot took the place of the entry"));
      }
    }
    this.#noteTerm(term);
  }

  /** Nobody will tell any more. */
  end(error: HoldfastError): void {
    for (const at of [...this.#byIndex.keys()]) {
      for (const { reject } of this.#taken(at)) reject(error);
    }
  }

  // Terms never decrease along a log: no entry of an earlier one will stand beyond this.
  #noteTerm(term: Term): void {
    if (term === this.#appliedTerm) return;
    this.#appliedTerm = term;
    for (const index of [...this.#byIndex.keys()]) {
      for (const proposed of this.#taken(index)) {
        if (proposed.term >= term) this.add({ index, term: proposed.term }, proposed);
        else
          proposed.reject(new HoldfastError("unavailable", "another leader's log took its place"));
      }
    }
  }

  #taken(index: Index): readonly Proposed[] {
    const waiting = this.#byIndex.get(index) ?? [];
    this.#byIndex.delete(index);
    return waiting;
  }
}
