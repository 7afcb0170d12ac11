// Node's clocks and timers.

import { performance } from "node:perf_hooks";
import type { Clock, Timer } from "../clock.ts";
import { sleepOn } from "../sleep.ts";

// setTimeout keeps its delay in 31 bits and fires at once beyond them.
const delayMsMax = 0x7fff_ffff;

/** The machine's time. A pending timer keeps the process alive. */
export class NodeClock implements Clock {
  now(): number {
    return performance.now();
  }

  wall(): number {
    return Date.now();
  }

  timer(delayMs: number, callback: () => void): Timer {
    const dueMs = this.now() + delayMs;
    let handle: NodeJS.Timeout;
    // setTimeout may fire up to a millisecond early by this clock: look again.
    const arm = (): void => {
      const leftMs = Math.min(Math.ceil(dueMs - this.now()), delayMsMax);
      handle = setTimeout(() => (this.now() < dueMs ? arm() : callback()), leftMs);
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }
}
