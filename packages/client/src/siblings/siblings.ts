// Siblings: others that have the same copy open, on the same device, at the same time.
// In a browser these are the tabs of one profile.
//
// They share what is kept (persistence.ts) and the connection, which one of them holds.
// This is how they reach each other: nothing that is said here is needed for anything to
// be kept, and whatever is lost can be read again from the copy.

import type { AgentId } from "@holdfast/causality";

/** Options for `Siblings.lead`. */
export interface LeadOptions {
  readonly signal: AbortSignal;
  /** Takes the lead at once, from whoever has it. */
  readonly byForce: boolean;
  /** Called when the lead was taken by force. */
  readonly onLost: () => void;
}

/**
 * One database's way to its siblings. Each is known by the agent that it began with.
 * Closed by whoever made it, after the database.
 */
export interface Siblings {
  /**
   * Says `message`, of at most 1 MiB, to all that are there. Best effort; in order for
   * each sender. `message` may be changed afterwards.
   */
  post(message: Uint8Array): void;
  /**
   * Calls `listener` with what others say, never with what was posted here and never from
   * within {@link post}, until the returned function is called.
   */
  subscribe(listener: (message: Uint8Array) => void): () => void;
  /** Whether somebody looks at this one; true where nobody can tell. */
  readonly isShown: boolean;
  /**
   * Resolves once this one leads: one at a time does. It leads until `signal` aborts,
   * until its process ends, however that happens, or until another takes the lead by
   * force. Not called while it leads.
   *
   * @throws {HoldfastError} `cancelled` where `signal` aborts first.
   */
  lead(options: LeadOptions): Promise<void>;
  /**
   * Who is there now, this one included. One who ended without a word is not, soon.
   * An agent may be in it that is nobody's beginning: one claimed after a loss.
   *
   * @throws {HoldfastError} `io` where it can't be found out.
   */
  present(): Promise<ReadonlySet<AgentId>>;
}
