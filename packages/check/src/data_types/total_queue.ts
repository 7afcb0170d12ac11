// Judges a queue that was emptied at the end: all that went in came out.

import {
  bagOf,
  type CallOperation,
  callsOf,
  type DataVerdict,
  type Item,
  itemOf,
  itemsOf,
} from "./calls.ts";

/** What became of what went in. Values are in a list as often as they count. */
export interface TotalQueueVerdict {
  /** Values that came out more often than they went in are no violation: a queue may deliver again. */
  readonly verdict: DataVerdict;
  /** Acknowledged, and never came out. */
  readonly lost: readonly Item[];
  /** Came out, though nobody tried to put it in. */
  readonly unexpected: readonly Item[];
  /** Came out more often than anybody tried to put it in. */
  readonly duplicated: readonly Item[];
  /** Came out, though it was not acknowledged. */
  readonly recovered: readonly Item[];
  readonly attemptCount: number;
  readonly acknowledgedCount: number;
  /** Came out, and was tried. */
  readonly okCount: number;
}

/**
 * Judges calls of `enqueue` (a value), `dequeue` (answers a value, or null where the queue
 * was empty) and `drain` (answers the list of what it took). Linear.
 *
 * @throws {HoldfastError} `invalid_argument` or `too_large`, with the place; also for a drain
 *   of which nobody knows what it took.
 */
export function judgeTotalQueue(history: Iterable<CallOperation>): TotalQueueVerdict {
  const tried: Item[] = [];
  const put: Item[] = [];
  const out: Item[] = [];
  for (const [place, { input, outcome, output }] of callsOf(history).entries()) {
    if (input.f === "enqueue") {
      const item = itemOf(input.value, place);
      tried.push(item);
      if (outcome === "ok") put.push(item);
    } else if (input.f === "dequeue" && outcome === "ok") {
      if (output !== null && output !== undefined) out.push(itemOf(output, place));
    } else if (input.f === "drain" && outcome !== "fail") {
      for (const item of itemsOf(output, place)) out.push(item);
    }
  }
  const attempts = bagOf(tried);
  const acknowledged = bagOf(put);
  const dequeued = bagOf(out);
  const ok = dequeued.shared(attempts);
  const lost = acknowledged.without(dequeued);
  const unexpected = dequeued.items().filter((item) => attempts.count(item) === 0);
  const duplicated = dequeued.without(attempts).filter((item) => attempts.count(item) > 0);
  return {
    verdict: lost.length + unexpected.length > 0 ? "violation" : "ok",
    lost,
    unexpected,
    duplicated,
    recovered: bagOf(ok).without(acknowledged),
    attemptCount: tried.length,
    acknowledgedCount: put.length,
    okCount: ok.length,
  };
}
