// How fresh a read must be, and what a backend answers to that.

import { HoldfastError } from "@holdfast/std";
import type { EngineSnapshot } from "./engine.ts";
import type { Consistency, ReadSnapshot } from "./store.ts";
import type { OpenTransaction } from "./transaction.ts";

/** What may be less than linearizable. */
export type Relaxed = Exclude<Consistency, "linearizable">;

/** A snapshot, and the bound that it meets: see `ReadSnapshot.staleMsMax`. */
export interface AgedSnapshot {
  readonly snapshot: EngineSnapshot;
  readonly staleMsMax: number;
}

/** @throws {HoldfastError} `invalid_argument` where it makes no sense. */
export function requireSense(consistency: Relaxed): void {
  if ("atLeast" in consistency) {
    const { atLeast } = consistency;
    if (Number.isSafeInteger(atLeast) && atLeast >= 0) return;
    throw new HoldfastError("invalid_argument", `atLeast is ${atLeast}, which is no version`);
  }
  if (consistency.staleMsMax >= 0) return;
  const sentence = `staleMsMax is ${consistency.staleMsMax}, not a number of 0 or more`;
  throw new HoldfastError("invalid_argument", sentence);
}

/** A linearizable snapshot for a read that may be older. @throws {HoldfastError} `invalid_argument` where `atLeast` is no version yet. */
export function requireReached(snapshot: EngineSnapshot, consistency: Relaxed): AgedSnapshot {
  if ("atLeast" in consistency && snapshot.version < consistency.atLeast) {
    const { version } = snapshot;
    snapshot.release();
    const sentence = `version ${consistency.atLeast} is none yet; the last is ${version}`;
    throw new HoldfastError("invalid_argument", sentence);
  }
  return { snapshot, staleMsMax: 0 };
}

/** What a read is given that may be older. */
export function readSnapshotOf(tx: OpenTransaction, staleMsMax: number): ReadSnapshot {
  return { ...tx.snapshot, staleMsMax };
}
