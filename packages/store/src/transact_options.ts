// What a caller asks of one transaction beside its function: checked, and its deadline kept.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Clock } from "@holdfast/world";
import type { Priority, TransactOptions } from "./store.ts";

/** The highest last. */
export const priorities: readonly Priority[] = ["batch", "default", "immediate"];

/** What runs a transaction is told. */
export interface Terms {
  readonly signal: AbortSignal | undefined;
  readonly priority: Priority;
}

/** Those of who asks for nothing. */
export const ordinary: Terms = { signal: undefined, priority: "default" };

/** Whether `options` come to {@link ordinary}, with no time to keep. */
export function isOrdinary({ signal, priority = "default", timeoutMs }: TransactOptions): boolean {
  return signal === undefined && priority === "default" && timeoutMs === undefined;
}

/**
 * Does `work` on the terms of `options`. Where the time is over before `work` is, its signal
 * is aborted; what then ends as `cancelled` ends as `timeout`.
 *
 * @throws {HoldfastError} `invalid_argument` of the options; `timeout`; what `work` throws.
 */
export async function onTerms<T>(
  clock: Clock,
  { signal, priority = "default", timeoutMs }: TransactOptions,
  work: (terms: Terms) => Promise<T>,
): Promise<T> {
  if (!priorities.includes(priority)) {
    throw new HoldfastError("invalid_argument", `a priority of ${JSON.stringify(priority)}`);
  }
  if (timeoutMs === undefined) return work({ signal, priority });
  if (!(timeoutMs >= 0)) throw new HoldfastError("invalid_argument", `a time of ${timeoutMs} ms`);
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let isLate = false;
  const timer = clock.timer(timeoutMs, () => {
    isLate = true;
    abort();
  });
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await work({ signal: controller.signal, priority });
  } catch (error) {
    if (!isLate || signal?.aborted || !isHoldfastError(error, "cancelled")) throw error;
    throw new HoldfastError("timeout", `not committed within ${timeoutMs} ms`, { cause: error });
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", abort);
  }
}
