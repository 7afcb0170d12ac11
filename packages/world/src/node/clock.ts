// Node's clocks and timers.

import { performance } from "node:perf_hooks";
import { HoldfastError } from "@holdfast/std";
import type { Clock, Timer } from "../clock.ts";

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
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        timer.cancel();
        reject(
          new HoldfastError("cancelled", "the sleep was cancelled", { cause: signal?.reason }),
        );
      };
      const timer = this.timer(delayMs, () => {
        signal?.removeEventListener("abort", wake);
        resolve();
      });
      if (signal?.aborted) wake();
      else signal?.addEventListener("abort", wake, { once: true });
    });
  }
}
