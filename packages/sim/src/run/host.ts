// What the models of network and disk know of the process on whose behalf they act.

import type { Timer } from "@holdfast/world";

/** One process on one machine, from its start to its end. */
export interface Host {
  /** The machine's name. */
  readonly machine: string;
  /** Which process of this machine it is, from 1. */
  readonly life: number;
  /** Whether it may still do anything. What a dead process asks for never resolves. */
  readonly isAlive: boolean;
  /**
   * Calls `callback` after `delayMs` of true time: never once the process has ended,
   * and where it is paused then, as soon as it goes on.
   */
  after(delayMs: number, callback: () => void): Timer;
}

/** True time, which no process sees, and what happens by itself. */
export interface Nature {
  /** Milliseconds since the run began. */
  readonly nowMs: number;
  /** Calls `callback` after `delayMs`, whichever processes live then. */
  after(delayMs: number, callback: () => void): Timer;
}

/** Waits for ever: what a process that has ended gets for an answer. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
