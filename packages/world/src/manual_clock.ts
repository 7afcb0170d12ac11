// A clock that stands still until it is told to move on.
//
// Timers fire in the order of their time, then of their making, each at exactly
// its own time. After each, whoever was waiting for it gets to run before the
// clock moves on.

import type { Clock, Timer } from "./clock.ts";
import { sleepOn } from "./sleep.ts";

// How many rounds of promise callbacks may follow from one timer.
const settleRounds = 100;

interface Alarm {
  readonly atMs: number;
  readonly callback: () => void;
}

/** Time for tests. */
export class ManualClock implements Clock {
  /** What to add to {@link now} for {@link wall}; change it to make the wall clock jump. */
  wallOffsetMs: number;

  #nowMs = 0;
  readonly #alarms = new Set<Alarm>();

  /** @param wallMs - The wall clock's time at the start. */
  constructor(wallMs = 0) {
    this.wallOffsetMs = wallMs;
  }

  /** How many timers are pending. */
  get pending(): number {
    return this.#alarms.size;
  }

  now(): number {
    return this.#nowMs;
  }

  wall(): number {
    return this.#nowMs + this.wallOffsetMs;
  }

  timer(delayMs: number, callback: () => void): Timer {
    const alarm = { atMs: this.#nowMs + Math.max(0, delayMs), callback };
    this.#alarms.add(alarm);
    return { cancel: () => void this.#alarms.delete(alarm) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }

  /** Moves on by `durationMs`, firing on the way what falls due. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    await settle();
    for (let next = this.#first(); next !== null && next.atMs <= untilMs; next = this.#first()) {
      this.#nowMs = next.atMs;
      this.#alarms.delete(next);
      next.callback();
      await settle();
    }
    this.#nowMs = untilMs;
  }

  #first(): Alarm | null {
    let first: Alarm | null = null;
    // A Set keeps the order of making, so of two at one time the older is met first.
    for (const alarm of this.#alarms) {
      if (first === null || alarm.atMs < first.atMs) first = alarm;
    }
    return first;
  }
}

async function settle(): Promise<void> {
  for (let round = 0; round < settleRounds; round += 1) await null;
}
