// Judges a queue while it runs: what comes out was put in before, once for each time that
// it comes out; and, where order is promised, what was put in first comes out first.
//
// Order is judged where it is certain: a was put in before b was begun to be put in, yet b
// came out before a was begun to be taken. So each value has to be put in once.
// Source: Henzinger, Sezgin & Vafeiadis 2013, "Aspect-oriented linearizability proofs" (VFresh,
// VRepeat, VOrd).

import {
  Bag,
  type CallOperation,
  callsOf,
  type DataVerdict,
  eventsOf,
  type Item,
  itemOf,
} from "./calls.ts";

/** A pair that came out the wrong way round. */
export interface OutOfOrder {
  readonly first: Item;
  readonly second: Item;
}

/** What a queue gave out. */
export interface QueueVerdict {
  readonly verdict: DataVerdict;
  /** Came out without having been put in, or more often. */
  readonly unexpected: readonly Item[];
  /** Pairs of which the second came out before the first; one for each second. */
  readonly outOfOrder: readonly OutOfOrder[];
  /** What may still be in it. */
  readonly finalQueue: readonly Item[];
}

/**
 * Judges calls of `enqueue` (a value) and `dequeue` (answers a value, or null where the
 * queue was empty). O(n log n).
 *
 * @param options - `fifo`: whether order is promised. Default false.
 * @throws {HoldfastError} `invalid_argument` or `too_large`, with the place.
 */
export function judgeQueue(
  history: Iterable<CallOperation>,
  options: { readonly fifo?: boolean } = {},
): QueueVerdict {
  const calls = callsOf(history);
  const bag = new Bag();
  const unexpected: Item[] = [];
  for (const { kind, place, operation } of eventsOf(calls)) {
    const { f, value } = operation.input;
    if (kind === "invoke" && f === "enqueue") bag.add(itemOf(value, place));
    if (kind === "complete" && f === "dequeue" && gaveOut(operation)) {
      const item = itemOf(operation.output, place);
      if (!bag.take(item)) unexpected.push(item);
    }
  }
  const outOfOrder = options.fifo === true ? misplaced(calls) : [];
  return {
    verdict: unexpected.length + outOfOrder.length > 0 ? "violation" : "ok",
    unexpected,
    outOfOrder,
    finalQueue: bag.items(),
  };
}

function gaveOut({ outcome, output }: CallOperation): boolean {
  return outcome === "ok" && output !== null && output !== undefined;
}

interface Passage {
  readonly item: Item;
  readonly putFrom: number;
  readonly putUntil: number;
  readonly takenFrom: number;
  readonly takenUntil: number;
}

// By when putting in began: of all that were in by then, who was taken last is the one to
// compare with.
function misplaced(calls: readonly CallOperation[]): OutOfOrder[] {
  const passages = passagesOf(calls);
  const byEnd = [...passages].sort((left, right) => left.putUntil - right.putUntil);
  const byBegin = [...passages].sort((left, right) => left.putFrom - right.putFrom);
  const found: OutOfOrder[] = [];
  let latest: Passage | null = null;
  let next = 0;
  for (const passage of byBegin) {
    for (; next < byEnd.length && byEnd[next]!.putUntil < passage.putFrom; next += 1) {
      if (latest === null || byEnd[next]!.takenFrom > latest.takenFrom) latest = byEnd[next]!;
    }
    if (latest !== null && passage.takenUntil < latest.takenFrom) {
      found.push({ first: latest.item, second: passage.item });
    }
  }
  return found;
}

function passagesOf(calls: readonly CallOperation[]): Passage[] {
  const puts = new Map<Item, CallOperation>();
  for (const [place, operation] of calls.entries()) {
    if (operation.input.f !== "enqueue" || operation.outcome === "fail") continue;
    puts.set(itemOf(operation.input.value, place), operation);
  }
  const passages: Passage[] = [];
  for (const [place, operation] of calls.entries()) {
    if (operation.input.f !== "dequeue" || !gaveOut(operation)) continue;
    const item = itemOf(operation.output, place);
    const put = puts.get(item);
    if (put === undefined) continue;
    passages.push({
      item,
      putFrom: put.invokedAt,
      putUntil: put.completedAt,
      takenFrom: operation.invokedAt,
      takenUntil: operation.completedAt,
    });
  }
  return passages;
}
