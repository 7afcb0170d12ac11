// Judges queues into which each value is put once, without search.
//
// Such a history is linearizable exactly if none of these is in it:
//   Q1  a value that was taken twice, or never put, or taken before it was asked to be put;
//   Q2  x put before y, and y taken before x, or y taken and x never;
//   Q3  an answer that the queue is empty, at each moment of which some value was surely
//       in it: put before, and taken after.
//
// What was put with unknown outcome was put if it was taken; else it can be left out.
// Of a `dequeue` of unknown outcome it is not known what it took: that needs a search.
//
// O(n log n). Sources: Bouajjani, Emmi, Enea, Hamza, "On reducing linearizability to state
// reachability" (2015), section 3; Henzinger, Sezgin, Vafeiadis, "Aspect-oriented
// linearizability proofs" (2013), for Q3.

import type { Operation } from "../history/operation.ts";
import type { RuleVerdict } from "./verdict.ts";

/** What an operation does to a queue. `puts` and `takes` are texts for values. */
export type QueueAccess =
  | { readonly type: "puts"; readonly value: string }
  | { readonly type: "takes"; readonly value: string }
  | { readonly type: "finds_empty" };

interface Item<Input, Output> {
  readonly put: Operation<Input, Output>;
  readonly taken: Operation<Input, Output> | undefined;
}

/** Times between which a queue was surely not empty. */
interface Span<Input, Output> {
  readonly after: number;
  readonly before: number;
  readonly put: Operation<Input, Output>;
}

/** Judges a queue. Null where a value is put twice, or where `accessOf` gives null. */
export function judgeFifoQueue<Input, Output>(
  history: readonly Operation<Input, Output>[],
  accessOf: (operation: Operation<Input, Output>) => QueueAccess | null,
): RuleVerdict<Input, Output> | null {
  const puts = new Map<string, Operation<Input, Output>>();
  const takes = new Map<string, Operation<Input, Output>>();
  const empties: Operation<Input, Output>[] = [];
  let doubled: RuleVerdict<Input, Output> | null = null;
  for (const operation of history) {
    const access = accessOf(operation);
    if (access === null) return null;
    if (access.type === "finds_empty") {
      empties.push(operation);
    } else if (access.type === "puts") {
      if (puts.has(access.value)) return null;
      puts.set(access.value, operation);
    } else {
      const other = takes.get(access.value);
      if (other === undefined) takes.set(access.value, operation);
      else doubled = violation(`${access.value} was put once and taken twice`, [other, operation]);
    }
  }
  return doubled ?? orphanOf(puts, takes) ?? judgeItems(itemsOf(puts, takes), empties);
}

function violation<Input, Output>(
  reason: string,
  operations: readonly Operation<Input, Output>[],
): RuleVerdict<Input, Output> {
  return { verdict: "violation", reason, operations };
}

type Operations<Input, Output> = ReadonlyMap<string, Operation<Input, Output>>;

// Q1: what was taken, and was not there.
function orphanOf<Input, Output>(
  puts: Operations<Input, Output>,
  takes: Operations<Input, Output>,
): RuleVerdict<Input, Output> | null {
  for (const [value, taken] of takes) {
    const put = puts.get(value);
    if (put === undefined) return violation(`${value} was taken, and never put`, [taken]);
    if (taken.completedAt < put.invokedAt) {
      return violation(`${value} was taken before it was put`, [taken, put]);
    }
  }
  return null;
}

function itemsOf<Input, Output>(
  puts: Operations<Input, Output>,
  takes: Operations<Input, Output>,
): Item<Input, Output>[] {
  return [...puts]
    .map(([value, put]) => ({ put, taken: takes.get(value) }))
    .filter(({ put, taken }) => put.outcome === "ok" || taken !== undefined);
}

function judgeItems<Input, Output>(
  items: readonly Item<Input, Output>[],
  empties: readonly Operation<Input, Output>[],
): RuleVerdict<Input, Output> {
  return overtaken(items) ?? neverEmpty(items, empties) ?? { verdict: "ok", order: null };
}

function takenFrom({ taken }: Item<unknown, unknown>): number {
  return taken?.invokedAt ?? Number.POSITIVE_INFINITY;
}

// Q2: sweeps over the calls of puts. Of all that was put before, the value that was
// asked for last is the one that a take can have passed by.
function overtaken<Input, Output>(
  items: readonly Item<Input, Output>[],
): RuleVerdict<Input, Output> | null {
  const byAnswer = [...items].sort((a, b) => compare(a.put.completedAt, b.put.completedAt));
  const byCall = [...items].sort((a, b) => compare(a.put.invokedAt, b.put.invokedAt));
  let next = 0;
  let last: Item<Input, Output> | null = null;
  for (const item of byCall) {
    for (; next < byAnswer.length; next += 1) {
      const before = byAnswer[next]!;
      if (before.put.completedAt >= item.put.invokedAt) break;
      if (last === null || takenFrom(before) > takenFrom(last)) last = before;
    }
    const { taken } = item;
    if (taken === undefined || last === null || taken.completedAt >= takenFrom(last)) continue;
    const reason = `process ${taken.process} took what was put later than what was still there`;
    const operations = [last.put, item.put, taken];
    return violation(reason, last.taken === undefined ? operations : [...operations, last.taken]);
  }
  return null;
}

// Q3: joins the spans in which something was there, and looks whether one holds an answer.
function neverEmpty<Input, Output>(
  items: readonly Item<Input, Output>[],
  empties: readonly Operation<Input, Output>[],
): RuleVerdict<Input, Output> | null {
  const spans = items
    .map((item) => ({ after: item.put.completedAt, before: takenFrom(item), put: item.put }))
    .filter(({ after, before }) => after < before)
    .sort((a, b) => compare(a.after, b.after));
  const joined: Span<Input, Output>[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    // Ends do not belong to a span: between two that only touch, the queue can be empty.
    if (last === undefined || span.after >= last.before) joined.push(span);
    else if (span.before > last.before)
      joined[joined.length - 1] = { ...last, before: span.before };
  }
  for (const empty of empties) {
    const span = lastBefore(joined, empty.invokedAt);
    if (span === undefined || span.before <= empty.completedAt) continue;
    const reason = `process ${empty.process} found the queue empty, and it never was meanwhile`;
    return violation(reason, [span.put, empty]);
  }
  return null;
}

// The last span that begins before `at`; they are in order.
function lastBefore<Input, Output>(
  spans: readonly Span<Input, Output>[],
  at: number,
): Span<Input, Output> | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans[middle]!.after < at) low = middle + 1;
    else high = middle;
  }
  return spans[low - 1];
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
