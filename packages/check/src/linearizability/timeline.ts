// A history as a search walks it: level by level, where level k is the moment just
// before the k-th answer.
//
//   ann  |------ a ------|            level 0: before the answer of b; open: a, b, c
//   bob      |--- b --|               level 1: before the answer of a; open: a, c
//   cy          |-------- c ------|   level 2: before the answer of c; open: c
//
// While it is open an operation has a slot, a small number which is free again after
// its answer. Operations of unknown outcome are never answered and need no slot: those
// that ask for the same are told apart by nothing, so they are counted by their sort.

import { HoldfastError } from "@holdfast/std";
import type { History, Operation } from "../history/operation.ts";
import type { SequentialModel } from "./model.ts";
import { valueKey } from "./value_key.ts";

/** Most pairs of a level and an operation that is open there: 64 million. */
const openMax = 2 ** 26;

/** Operations that no model can tell apart. */
export interface OperationSort<Input, Output> {
  readonly input: Input;
  readonly output: Output | undefined;
  readonly isRead: boolean;
  /** What it overwrites; null: nothing. */
  readonly overwrites: string | null;
}

/** Operations of unknown outcome that ask for the same. */
export interface UnknownSort {
  readonly sort: number;
  /** The operations, by the order in which they were asked for. */
  readonly operations: readonly number[];
  /** The first level at which each of them can take effect. */
  readonly levels: readonly number[];
}

/** A history, by levels. Operations are named by their places in `operations`. */
export interface Timeline<Input, Output> {
  readonly operations: History<Input, Output>;
  readonly sorts: readonly OperationSort<Input, Output>[];
  /** The sort of each operation. */
  readonly sortOf: Int32Array;
  /** The slot of each operation that is answered. */
  readonly slotOf: Int32Array;
  /** How many slots there are. */
  readonly slots: number;
  /** The operation that is answered at each level. */
  readonly answered: Int32Array;
  /** Where each level's part of `open` begins; one more entry than levels. */
  readonly openFrom: Int32Array;
  /** The operations that are open at each level, by the order of their answers. */
  readonly open: Int32Array;
  /** By the first level at which one can take effect. */
  readonly unknown: readonly UnknownSort[];
}

/** @throws {HoldfastError} `invalid_argument` where an operation ends before it begins or is `fail`. */
export function checkTimes(operations: History<unknown, unknown>): void {
  for (const { process, outcome, invokedAt, completedAt } of operations) {
    if (invokedAt <= completedAt && outcome !== "fail") continue;
    const sentence = `an operation of process ${process} ends before it begins, or failed`;
    throw new HoldfastError("invalid_argument", sentence);
  }
}

/**
 * Lays a history out. Answers and calls of the same time count as concurrent.
 * O(n log n + the sum over levels of what is open there).
 *
 * @param operations - As {@link checkTimes} lets them pass.
 * @throws {HoldfastError} `too_large` where there are more than 2^26 pairs of a level and an
 *   open operation.
 */
export function timelineOf<State, Input, Output>(
  operations: History<Input, Output>,
  model: SequentialModel<State, Input, Output>,
): Timeline<Input, Output> {
  const { sorts, sortOf } = sortOperations(operations, model);
  const answered = new Int32Array(
    indexes(operations, ({ outcome }) => outcome === "ok").sort(
      (a, b) => compareTimes(operations[a]!.completedAt, operations[b]!.completedAt) || a - b,
    ),
  );
  const calls = indexes(operations, () => true).sort(
    (a, b) => compareTimes(operations[a]!.invokedAt, operations[b]!.invokedAt) || a - b,
  );
  const levels = layOut(operations, answered, calls);
  return {
    ...levels,
    operations,
    sorts,
    sortOf,
    answered,
    unknown: unknownSorts(operations, { sorts, sortOf }, { calls, calledAt: levels.calledAt }),
  };
}

function compareTimes(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function indexes<Input, Output>(
  operations: History<Input, Output>,
  isWanted: (operation: Operation<Input, Output>) => boolean,
): number[] {
  const found: number[] = [];
  operations.forEach((operation, index) => {
    if (isWanted(operation)) found.push(index);
  });
  return found;
}

interface Sorted<Input, Output> {
  readonly sorts: OperationSort<Input, Output>[];
  readonly sortOf: Int32Array;
}

function sortOperations<State, Input, Output>(
  operations: History<Input, Output>,
  model: SequentialModel<State, Input, Output>,
): Sorted<Input, Output> {
  const numbers = new Map<string, number>();
  const sorts: OperationSort<Input, Output>[] = [];
  const sortOf = new Int32Array(operations.length);
  for (let index = 0; index < operations.length; index += 1) {
    const { input, output, outcome } = operations[index]!;
    const known = outcome === "ok" ? output : undefined;
    const inputKey = valueKey(input);
    const outputKey = valueKey(known);
    // Of inputs and answers that can't be compared each is a sort of its own.
    const key = inputKey === null || outputKey === null ? null : `${inputKey} ${outputKey}`;
    const number = (key === null ? undefined : numbers.get(key)) ?? sorts.length;
    if (number === sorts.length) {
      const isRead = model.isRead?.(input, known) ?? false;
      const overwrites = model.overwrites?.(input, known) ?? null;
      sorts.push({ input, output: known, isRead, overwrites });
      if (key !== null) numbers.set(key, number);
    }
    sortOf[index] = number;
  }
  return { sorts, sortOf };
}

// Walks answers and calls in the order of their times, handing out slots.
function layOut<Input, Output>(
  operations: History<Input, Output>,
  answered: Int32Array,
  calls: readonly number[],
) {
  const slotOf = new Int32Array(operations.length).fill(-1);
  const calledAt = new Int32Array(operations.length);
  const openFrom = new Int32Array(answered.length + 1);
  const open: number[] = [];
  const free: number[] = [];
  const rank = new Int32Array(operations.length);
  answered.forEach((operation, level) => {
    rank[operation] = level;
  });
  const now: number[] = [];
  let slots = 0;
  let next = 0;
  answered.forEach((operation, level) => {
    for (; next < calls.length; next += 1) {
      const call = calls[next]!;
      if (operations[call]!.invokedAt > operations[operation]!.completedAt) break;
      calledAt[call] = level;
      if (operations[call]!.outcome !== "ok") continue;
      slotOf[call] = free.pop() ?? slots++;
      let place = now.length;
      while (place > 0 && rank[now[place - 1]!]! > rank[call]!) place -= 1;
      now.splice(place, 0, call);
    }
    if (open.length + now.length > openMax) {
      throw new HoldfastError("too_large", "too many operations are open at once for a search");
    }
    for (const each of now) open.push(each);
    openFrom[level + 1] = open.length;
    free.push(slotOf[operation]!);
    // It is the first one that is answered.
    now.shift();
  });
  for (; next < calls.length; next += 1) calledAt[calls[next]!] = answered.length;
  return { slotOf, slots, calledAt, openFrom, open: new Int32Array(open) };
}

// What was asked for after the last answer, and what only reads, can be left out: it
// need not have happened.
function unknownSorts<Input, Output>(
  operations: History<Input, Output>,
  { sorts, sortOf }: Sorted<Input, Output>,
  { calls, calledAt }: { readonly calls: readonly number[]; readonly calledAt: Int32Array },
): UnknownSort[] {
  const found = new Map<number, { sort: number; operations: number[]; levels: number[] }>();
  for (const call of calls) {
    const sort = sortOf[call]!;
    if (operations[call]!.outcome !== "info" || sorts[sort]!.isRead) continue;
    const unknown = found.get(sort) ?? { sort, operations: [], levels: [] };
    found.set(sort, unknown);
    unknown.operations.push(call);
    unknown.levels.push(calledAt[call]!);
  }
  return [...found.values()];
}
