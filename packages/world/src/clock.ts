// Time, as a program may see it: a monotonic clock to measure with, a wall clock
// to print, and timers.

/** A pending call. */
export interface Timer {
  /** Makes sure that it won't happen. Harmless afterwards, or twice. */
  cancel(): void;
}

/** Two clocks and an alarm. */
export interface Clock {
  /** Milliseconds since an arbitrary start. Never goes back; stops with the process. */
  now(): number;
  /** Milliseconds since 1970 as this machine believes. May jump, either way. */
  wall(): number;
  /** Calls `callback` once, at least `delayMs` from now. */
  timer(delayMs: number, callback: () => void): Timer;
  /**
   * Waits.
   *
   * @throws {HoldfastError} `cancelled` as soon as `signal` aborts.
   */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}
