// Where a write stands, from the keystroke to the server's disk.

import type { EventRun } from "@holdfast/causality";
import type { HoldfastError } from "@holdfast/std";

/**
 * `pending`: in memory only. `local`: durable here. `sent`: on its way to the
 * server. `saved`: durable in the server's store.
 */
export type WriteState = "pending" | "local" | "sent" | "saved";

/** One change, and how far it got. */
export interface Write {
  /** The events that it became; null where it changed nothing. */
  readonly run: EventRun | null;
  /** Where it stands now. */
  readonly state: WriteState;
  /**
   * Resolves once it is durable here.
   *
   * @throws {HoldfastError} `disk_full` or `io` where it could not be kept: it is
   *   in memory still, and is kept with the next write that succeeds. `closed`.
   */
  readonly local: Promise<void>;
  /**
   * Resolves once it is durable in the server's store; takes as long as that takes.
   *
   * @throws {HoldfastError} What the server refused the document with, as
   *   `forbidden` or `equivocation`; `closed` where the document was closed first.
   */
  readonly saved: Promise<void>;
}

/** Where the writes of a document stand together. */
export interface DocumentStatus {
  /** Of the write that got least far. */
  readonly state: WriteState;
  /** How many events stand at each step short of `saved`. */
  readonly pendingCount: number;
  readonly localCount: number;
  readonly sentCount: number;
  /** What stands in the way of saving, if the server or the disk said so. */
  readonly problem: HoldfastError | null;
}
