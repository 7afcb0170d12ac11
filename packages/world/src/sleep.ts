// Waiting, made of a timer and an AbortSignal: the same on every clock.

import { HoldfastError } from "@holdfast/std";
import type { Timer } from "./clock.ts";

/** What {@link sleepOn} needs of a clock. */
export interface Alarms {
  timer(delayMs: number, callback: () => void): Timer;
}

/** {@link Clock.sleep}, for implementations of Clock. */
export function sleepOn(alarms: Alarms, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => {
      timer.cancel();
      reject(new HoldfastError("cancelled", "the sleep was cancelled", { cause: signal?.reason }));
    };
    const timer = alarms.timer(delayMs, () => {
      signal?.removeEventListener("abort", cancel);
      resolve();
    });
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
  });
}
