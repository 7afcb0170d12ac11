// Who waits for a count of events to be reached.
//
// Invariants:
//   MS1  A waiter is told once: when its count is reached, or when it fails.

import type { AgentId, EventRun, VersionVector } from "@holdfast/causality";

interface Waiter {
  readonly run: EventRun;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Waiters for one version vector to grow. */
export class Milestones {
  // For each agent in the order of the counts, which is nearly that of the calls.
  readonly #waiters = new Map<AgentId, Waiter[]>();

  /** Resolves once {@link reach} was told of a vector that holds `run`. O(waiters for more). */
  wait(run: EventRun): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = { run, resolve, reject };
      const waiters = this.#waiters.get(run.agent) ?? [];
      let at = waiters.length;
      while (at > 0 && waiters[at - 1]!.run.to > run.to) at -= 1;
      waiters.splice(at, 0, waiter);
      this.#waiters.set(run.agent, waiters);
    });
  }

  /** Tells those whose count is reached. O(told). */
  reach(vector: VersionVector): void {
    for (const [agent, waiters] of this.#waiters) {
      const next = vector.next(agent);
      const first = waiters.findIndex(({ run }) => run.to > next);
      const told = first === -1 ? waiters.splice(0) : waiters.splice(0, first);
      if (waiters.length === 0) this.#waiters.delete(agent);
      for (const { resolve } of told) resolve();
    }
  }

  /** Tells all that it won't happen. */
  fail(error: Error): void {
    const all = [...this.#waiters.values()].flat();
    this.#waiters.clear();
    for (const { reject } of all) reject(error);
  }
}
