// What a client's connection to a store stands on, and shares with those of others.

import type { Store } from "@holdfast/store";
import type { Clock, Connection } from "@holdfast/world";
import type { KeyArea } from "./key_area.ts";

/** What sessions of one server share: bytes of requests that are not whole yet. */
export interface RequestBudget {
  sizeBytes: number;
}

/** What a snapshot costs: one of the past has in memory what was undone for it. */
export type SnapshotKind = "present" | "past";

/** What a session stands on. */
export interface SessionOptions {
  readonly clock: Clock;
  readonly store: Store;
  /** Where the client's keys lie. */
  readonly area: KeyArea;
  readonly connection: Connection;
  /** The client's name for itself, in `hello`. */
  readonly session: Uint8Array;
  readonly budget: RequestBudget;
  /** Counts snapshots of all sessions. @throws {HoldfastError} `overloaded`. */
  takeSnapshot(kind: SnapshotKind): void;
  giveSnapshot(kind: SnapshotKind): void;
  /** Hears of a call that failed for a reason that lies here. Must not throw. */
  onFailed(error: unknown): void;
}
