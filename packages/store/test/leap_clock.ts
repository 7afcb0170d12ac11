// A clock on which a test can let time pass at once. Sleeps, which the store
// only takes between two runs of a transaction, are over after a moment.

import type { Clock, Timer } from "@holdfast/world";

const sleepMsMax = 1;

interface Pending {
  readonly dueMs: number;
  readonly callback: () => void;
  readonly timer: Timer;
}

export class LeapClock implements Clock {
  readonly #clock: Clock;
  readonly #pending = new Set<Pending>();
  #leaptMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.#leaptMs;
  }

  wall(): number {
    return this.#clock.wall() + this.#leaptMs;
  }

  timer(delayMs: number, callback: () => void): Timer {
    const timer = this.#clock.timer(delayMs, () => this.#fire(pending));
    const pending: Pending = { dueMs: this.now() + delayMs, callback, timer };
    this.#pending.add(pending);
    return { cancel: () => this.#drop(pending) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(Math.min(delayMs, sleepMsMax), signal);
  }

  /** Lets `ms` pass: what is due then is called now. */
  leap(ms: number): void {
    this.#leaptMs += ms;
    for (const pending of [...this.#pending]) {
      if (pending.dueMs <= this.now()) this.#fire(pending);
    }
  }

  #fire(pending: Pending): void {
    this.#drop(pending);
    pending.callback();
  }

  #drop(pending: Pending): void {
    pending.timer.cancel();
    this.#pending.delete(pending);
  }
}
