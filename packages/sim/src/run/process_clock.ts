// The clock that a simulated process sees: its machine's, with timers that end with it.

import { type Clock, sleepOn, type Timer } from "@holdfast/world";
import type { Host } from "./host.ts";
import type { MachineClock } from "./machine_clock.ts";

/** World's clock, for one process. */
export class ProcessClock implements Clock {
  readonly #machine: MachineClock;
  readonly #host: Host;
  #pending = 0;

  constructor(machine: MachineClock, host: Host) {
    this.#machine = machine;
    this.#host = host;
  }

  /** Timers that have neither fired nor been cancelled. */
  get timersPending(): number {
    return this.#pending;
  }

  now(): number {
    return this.#machine.now();
  }

  wall(): number {
    return this.#machine.wall();
  }

  timer(delayMs: number, callback: () => void): Timer {
    let isPending = true;
    this.#pending += 1;
    const over = (): boolean => {
      if (!isPending) return true;
      isPending = false;
      this.#pending -= 1;
      return false;
    };
    const dueMs = this.#machine.now() + Math.max(0, delayMs);
    const arm = (leftMs: number): Timer =>
      this.#host.after(this.#machine.trueDurationMs(leftMs), () => {
        // The clock may have slowed down meanwhile: no timer fires early by its own clock.
        const stillLeftMs = dueMs - this.#machine.now();
        if (stillLeftMs > 0) {
          timer = arm(stillLeftMs);
          return;
        }
        over();
        callback();
      });
    let timer = arm(delayMs);
    return {
      cancel: () => {
        if (!over()) timer.cancel();
      },
    };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }
}
