// Judges counters whose additions are all of the same amount, without search.
//
// Let the j-th addition to take effect do so at moment T(j). A read of k additions lies
// between T(k) and T(k + 1). So T(j) is not before the call of any read of fewer than j,
// and not after the answer of any read of j or more: each place j has a window of time,
// and windows only move on with j. An addition can take place j if its own time meets
// the window; then the moments can be chosen in order (of two that are not, exchange the
// additions). For each addition these are places in a row, from where the windows no
// longer end before its call, to where they begin after its answer.
//
// So it is a matching of additions to places. All places up to the greatest number read
// must be filled; all additions that were answered must find a place, those of unknown
// outcome need not. If one matching does the former and one the latter, then one does
// both (Mendelsohn and Dulmage, 1958). Each is found by serving the places in turn, each
// by the addition whose last place is nearest (Glover, 1967). O(n log n).
//
// Source: ours, from these.

import type { Operation } from "../history/operation.ts";
import type { RuleVerdict } from "./verdict.ts";

/** What an operation does to a counter: one more addition, or a read of so many. */
export type CounterAccess =
  | { readonly type: "adds" }
  | { readonly type: "reads"; readonly count: number };

interface Read<Input, Output> {
  readonly operation: Operation<Input, Output>;
  readonly count: number;
}

/** For place j, at j - 1: when its addition can take effect. The last place stands for all later ones. */
interface Windows {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Judges a counter. Null where `accessOf` gives null. */
export function judgeUnitCounter<Input, Output>(
  history: readonly Operation<Input, Output>[],
  accessOf: (operation: Operation<Input, Output>) => CounterAccess | null,
): RuleVerdict<Input, Output> | null {
  const additions: Operation<Input, Output>[] = [];
  const reads: Read<Input, Output>[] = [];
  for (const operation of history) {
    const access = accessOf(operation);
    if (access === null) return null;
    if (access.type === "adds") additions.push(operation);
    else reads.push({ operation, count: access.count });
  }
  const wrong = reads.find(
    ({ count }) => !Number.isInteger(count) || count < 0 || count > additions.length,
  );
  if (wrong !== undefined) {
    return violation("what was read is no sum of the additions", [wrong.operation]);
  }
  reads.sort((a, b) => a.count - b.count);
  return judgeReads(reads, additions);
}

function judgeReads<Input, Output>(
  reads: readonly Read<Input, Output>[],
  additions: readonly Operation<Input, Output>[],
): RuleVerdict<Input, Output> {
  const back = backwards(reads);
  if (back !== null) return back;
  const most = reads.at(-1)?.count ?? 0;
  const windows = windowsOf(reads, most);
  const answered = additions.filter(({ outcome }) => outcome === "ok");
  const { empty } = serve(additions, windows, most);
  if (empty !== null) {
    const read = reads.find(({ count }) => count >= empty)!;
    return violation("a read saw more than can have been added", [read.operation]);
  }
  const { late } = serve(answered, windows, most);
  if (late !== null) return violation("a read missed what was added before", [late]);
  return { verdict: "ok", order: null };
}

function violation<Input, Output>(
  reason: string,
  operations: readonly Operation<Input, Output>[],
): RuleVerdict<Input, Output> {
  return { verdict: "violation", reason, operations };
}

// A read of fewer that was asked for after a read of more was answered.
function backwards<Input, Output>(
  reads: readonly Read<Input, Output>[],
): RuleVerdict<Input, Output> | null {
  let latest: Read<Input, Output> | null = null;
  let start = 0;
  for (let end = 0; end <= reads.length; end += 1) {
    if (end < reads.length && reads[end]!.count === reads[start]!.count) continue;
    const group = reads.slice(start, end);
    for (const read of group) {
      if (latest === null || read.operation.completedAt >= latest.operation.invokedAt) continue;
      const operations = [read.operation, latest.operation];
      return violation("a later read saw less than an earlier one", operations);
    }
    for (const read of group) {
      if (latest === null || read.operation.invokedAt > latest.operation.invokedAt) latest = read;
    }
    start = end;
  }
  return null;
}

function windowsOf(reads: readonly Read<unknown, unknown>[], most: number): Windows {
  const from = new Array<number>(most + 1).fill(Number.NEGATIVE_INFINITY);
  const to = new Array<number>(most + 1).fill(Number.POSITIVE_INFINITY);
  for (const { count, operation } of reads) {
    // Places after `count` begin after its call, places up to it end before its answer.
    from[count] = Math.max(from[count]!, operation.invokedAt);
    if (count > 0) to[count - 1] = Math.min(to[count - 1]!, operation.completedAt);
  }
  for (let place = 1; place <= most; place += 1)
    from[place] = Math.max(from[place]!, from[place - 1]!);
  for (let place = most - 1; place >= 0; place -= 1)
    to[place] = Math.min(to[place]!, to[place + 1]!);
  return { from, to };
}

/** An addition and the places that it can take. */
interface Wish<Input, Output> {
  readonly operation: Operation<Input, Output>;
  readonly first: number;
  /** Infinity where it can be later than all reads. */
  readonly last: number;
}

// Serves places 1 to `most` in turn, then all that is left. Returns the first place that
// stays empty and the first addition that comes too late for a place, if there are any.
function serve<Input, Output>(
  additions: readonly Operation<Input, Output>[],
  windows: Windows,
  most: number,
) {
  const wishes = additions.map((operation) => wishOf(operation, windows));
  wishes.sort((a, b) => a.first - b.first);
  const waiting = new WishHeap<Input, Output>();
  let empty: number | null = null;
  let late: Operation<Input, Output> | null = null;
  let next = 0;
  for (let place = 1; place <= most; place += 1) {
    for (; next < wishes.length && wishes[next]!.first <= place; next += 1) {
      waiting.add(wishes[next]!);
    }
    let served = waiting.take();
    for (; served !== undefined && served.last < place; served = waiting.take()) {
      late ??= served.operation;
    }
    if (served === undefined) empty ??= place;
  }
  for (; next < wishes.length; next += 1) waiting.add(wishes[next]!);
  for (let left = waiting.take(); left !== undefined; left = waiting.take()) {
    if (left.last <= most) late ??= left.operation;
  }
  return { empty, late };
}

function wishOf<Input, Output>(
  operation: Operation<Input, Output>,
  { from, to }: Windows,
): Wish<Input, Output> {
  // Windows never end, or begin, earlier than those of earlier places.
  const first = 1 + countBelow(to, (end) => end < operation.invokedAt);
  const last = countBelow(from, (begin) => begin <= operation.completedAt);
  return { operation, first, last: last === from.length ? Number.POSITIVE_INFINITY : last };
}

// How many of the first entries meet a condition that no later one meets once one fails.
function countBelow(entries: readonly number[], meets: (entry: number) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (meets(entries[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Wishes, of which the one with the nearest last place is taken first. */
class WishHeap<Input, Output> {
  readonly #heap: Wish<Input, Output>[] = [];

  add(wish: Wish<Input, Output>): void {
    const heap = this.#heap;
    let at = heap.push(wish) - 1;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      if (heap[above]!.last <= wish.last) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = wish;
  }

  take(): Wish<Input, Output> | undefined {
    const heap = this.#heap;
    const taken = heap[0];
    const wish = heap.pop();
    if (wish === undefined || heap.length === 0) return taken;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && heap[below + 1]!.last < heap[below]!.last) below += 1;
      if (heap[below]!.last >= wish.last) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = wish;
    return taken;
  }
}
