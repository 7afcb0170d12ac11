// What callers of a replica are told when it does not do what they asked.

import { HoldfastError } from "@holdfast/std";
import type { Refusal } from "../raft/refusal.ts";
import type { Position } from "../raft/types.ts";

/** Waits for where a proposal stands. */
export interface Pending {
  readonly resolve: (position: Position) => void;
  readonly reject: (error: HoldfastError) => void;
}

/** Waits for a read. */
export interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: HoldfastError) => void;
}

const refusalCodes = {
  no_leader: "unavailable",
  not_leader: "unavailable",
  transferring: "unavailable",
  lost: "unavailable",
  overloaded: "overloaded",
  change_pending: "conflict",
  not_eligible: "invalid_argument",
  no_voter_left: "invalid_argument",
  already_joint: "conflict",
  not_joint: "invalid_argument",
  too_many_members: "too_large",
} as const;

/** The error that a refusal of Raft is to a caller. */
export function refusalError(reason: Refusal): HoldfastError {
  return new HoldfastError(refusalCodes[reason], `the replica refused: ${reason}`);
}

/** What callers get once a replica was closed. */
export function closedError(): HoldfastError {
  return new HoldfastError("closed", "the replica was closed");
}

/** What comes of `work`; @throws {HoldfastError} `cancelled` as soon as `signal` aborts. */
export async function orAborted(
  work: Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal === undefined) {
    await work;
    return;
  }
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new HoldfastError("cancelled", "a read"));
  });
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
