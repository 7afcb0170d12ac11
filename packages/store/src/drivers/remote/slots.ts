// The slots of a session: each carries one transaction after another, and what is noted of
// a commit is noted of its slot. So the notes of a session are as many as it ever had
// transactions under way at once, however many it commits.
//
// A slot is taken before a transaction's snapshot is, and given back after its answer: so a
// snapshot shows the notes of all earlier commits of its slot, and they are no conflict.
//
// Source: the slot tables of NFS 4.1 (RFC 8881, section 2.10.6).

import { HoldfastError } from "@holdfast/std";
import type { Priority } from "../../store.ts";
import { slotsMax } from "./limits.ts";

/** One of a session's slots. */
export interface Slot {
  readonly number: number;
  /** Of its last commit, 0 before the first. */
  sequence: number;
}

/** See the head of this file. */
export class Slots {
  /** Free ones, the lowest last: few are used where few are needed. */
  readonly #free: Slot[] = Array.from({ length: slotsMax }, (_, index) => ({
    number: slotsMax - 1 - index,
    sequence: 0,
  }));
  /** The highest priority first; in each, in the order in which they came. */
  readonly #waiting = {
    immediate: new Set<(slot: Slot) => void>(),
    default: new Set<(slot: Slot) => void>(),
    batch: new Set<(slot: Slot) => void>(),
  };

  /** A slot of one's own, as soon as one is free. @throws {HoldfastError} `cancelled`. */
  async take(signal: AbortSignal | undefined, priority: Priority): Promise<Slot> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    return new Promise((resolve, reject) => {
      const take = (slot: Slot) => {
        signal?.removeEventListener("abort", abort);
        resolve(slot);
      };
      const abort = () => {
        this.#waiting[priority].delete(take);
        reject(new HoldfastError("cancelled", "the transaction"));
      };
      this.#waiting[priority].add(take);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Gives one back. */
  put(slot: Slot): void {
    for (const waiting of Object.values(this.#waiting)) {
      for (const take of waiting) {
        waiting.delete(take);
        take(slot);
        return;
      }
    }
    this.#free.push(slot);
  }
}
