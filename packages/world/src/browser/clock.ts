// A page's clocks and timers.

import type { Clock, Timer } from "../clock.ts";
import { sleepOn } from "../sleep.ts";

// setTimeout keeps its delay in 31 bits and fires at once beyond them.
const delayMsMax = 0x7fff_ffff;

/** The page's time. A browser makes the timers of a page that nobody sees late, by up to a minute. */
export class BrowserClock implements Clock {
  now(): number {
    return performance.now();
  }

  wall(): number {
    return Date.now();
  }

  timer(delayMs: number, callback: () => void): Timer {
    const dueMs = this.now() + delayMs;
    let handle: ReturnType<typeof setTimeout>;
    // setTimeout may fire early by this clock, whose steps are coarse: look again.
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
