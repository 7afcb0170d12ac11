// What replicas keep equal: whatever can apply commands in order, and give a copy of itself.

import type { Entry } from "../raft/entry.ts";
import type { Index, Term } from "../raft/types.ts";

/** A command that was agreed upon, and where it stands. */
export interface Command {
  readonly index: Index;
  readonly term: Term;
  readonly data: Uint8Array;
}

/** A copy of a state, for a replica that lacks it. */
export interface MachineSnapshot {
  /** The state as it is after this entry. 0 where nothing is durable yet. */
  readonly index: Index;
  /** A function of the index alone, on every replica. Read once. */
  readonly bytes: AsyncIterable<Uint8Array>;
  release(): void;
}

/** See the head of this file. Its methods are called one after another, but for `snapshot`. */
export interface StateMachine {
  /** When it is opened: it holds everything through here. 0 where it is new, or was being restored. */
  readonly applied: Index;
  /** It holds everything durably through here: the log before may go. Never less than before. */
  readonly durable: Index;
  /**
   * Applies commands in order. Deterministic: the state is a function of the commands.
   *
   * @param through - The last entry of the batch; some are no commands.
   * @throws What ends the replica.
   */
  apply(commands: readonly Command[], through: Index): void | Promise<void>;
  /** Replaces everything by a copy; durable when it resolves. */
  restore(index: Index, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** A copy of what is durable now. */
  snapshot(): MachineSnapshot;
}

/** What of `entries` a state machine is told. O(entries). */
export function commandsOf(entries: readonly Entry[]): readonly Command[] {
  const commands: Command[] = [];
  for (const { index, term, payload } of entries) {
    if (payload.type === "command") commands.push({ index, term, data: payload.data });
  }
  return commands;
}
