// What was promised in a run, to be held against what is there later.
//
// Promises (a violation's message begins with the id):
//   S1  What was acknowledged as saved is in the store that acknowledged it, and in
//       every replica once all is well.
//   S2  What was acknowledged as local is there when its client starts again.
//   S3  Once all is well, all replicas and all stores hold the same, in good time.
//   S4  No reader goes backwards: what a document held, it holds.
//   S5  What a store holds is whole: nothing without what it builds on, keys that agree.
//   S6  A word is in a document at most once.
//   S7  An event id that was acknowledged is never given out again.
//   S8  A program that was asked to end does, and leaves nothing running.
//   S9  Undo takes away nothing that others wrote.
//   S10 Once all is well, who has a document open is shown all others at their server
//       who have it open, and nobody who left, in good time.

import { type EventRun, VersionVector } from "@holdfast/causality";
import { ViolationError } from "@holdfast/sim";

/** Acknowledged events, by where they are to be found. */
export class SyncLedger {
  /** By client and document: durable on the client's disk. */
  readonly #local = new Map<string, VersionVector>();
  /** By store and document: durable in that store. */
  readonly #saved = new Map<string, VersionVector>();
  readonly counts = { written: 0, local: 0, saved: 0, restarts: 0, compared: 0 };

  /** A client made `run`. @throws {ViolationError} S7. */
  written(client: string, document: string, run: EventRun): void {
    this.counts.written += 1;
    const given = vectorAt(this.#local, client, document).next(run.agent);
    if (run.from >= given) return;
    const sentence = `${client} gives out event ${run.from} of ${document} again, ${given} are local`;
    throw new ViolationError("S7", sentence);
  }

  /**
   * A client undid what it did last: of the units of `others` that a text showed before,
   * it shows `shown` now.
   *
   * @throws {ViolationError} S9.
   */
  undone(client: string, document: string, others: Iterable<string>, shown: Set<string>): void {
    for (const unit of others) {
      if (shown.has(unit)) continue;
      const sentence = `${client} undid its own, and ${unit} is gone from ${document}`;
      throw new ViolationError("S9", sentence);
    }
  }

  /** `run` was acknowledged as local. */
  local(client: string, document: string, run: EventRun): void {
    this.counts.local += 1;
    vectorAt(this.#local, client, document).advance(run.agent, run.to);
  }

  /** `run` was acknowledged as saved by `store`. */
  saved(store: string, document: string, run: EventRun): void {
    this.counts.saved += 1;
    vectorAt(this.#saved, store, document).advance(run.agent, run.to);
  }

  /** A client opened a document again. @throws {ViolationError} S2. */
  requireLocal(client: string, document: string, held: VersionVector): void {
    this.counts.restarts += 1;
    const local = vectorAt(this.#local, client, document);
    requireCovers(
      "S2",
      `${document} at ${client}, which had acknowledged them as local`,
      held,
      local,
    );
  }

  /** A store is looked into. @throws {ViolationError} S1. */
  requireSaved(store: string, document: string, held: VersionVector): void {
    const saved = vectorAt(this.#saved, store, document);
    requireCovers("S1", `${document} in ${store}, which had acknowledged them`, held, saved);
  }

  /** All is well. @throws {ViolationError} S1 for what anybody acknowledged. */
  requireAll(client: string, document: string, held: VersionVector): void {
    for (const ledger of [this.#local, this.#saved]) {
      for (const [place, promised] of ledger) {
        if (!place.endsWith(`/${document}`)) continue;
        requireCovers(
          "S1",
          `${document} at ${client} in the end, acknowledged at ${place}`,
          held,
          promised,
        );
      }
    }
  }
}

function vectorAt(
  ledger: Map<string, VersionVector>,
  place: string,
  document: string,
): VersionVector {
  const key = `${place}/${document}`;
  const vector = ledger.get(key) ?? new VersionVector();
  ledger.set(key, vector);
  return vector;
}

/** @throws {ViolationError} `promise`, where `held` lacks something of `promised`. */
export function requireCovers(
  promise: string,
  where: string,
  held: VersionVector,
  promised: VersionVector,
): void {
  const missing = promised.missingFrom(held);
  if (missing.length === 0) return;
  const [run] = missing;
  const sentence = `${missing.length} run(s) of events are not in ${where}: first ${run!.from} to ${run!.to} of ${run!.agent.slice(0, 8)}`;
  throw new ViolationError(promise, sentence);
}
