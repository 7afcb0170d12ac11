// Judges sets to which each value is added once, and that are only added to and read
// whole, without search.
//
// A read comes after the additions of what it saw, and before all others. So an order is
// a linearization exactly if it respects this and real time. What was read grows: the
// reads, by how much they saw, and the additions between them are a chain of groups,
// which must not contradict real time.
//
// Of unknown outcome, an addition that a read saw did happen, and one that no read saw
// can be left out. O(n + the sum of what was read, + n log n).
//
// Source: ours; the argument is the one above.

import type { Operation } from "../history/operation.ts";
import { explainOrder } from "./blocks.ts";
import type { RuleVerdict } from "./verdict.ts";

/** What an operation does to a set. Values are given by their texts. */
export type SetAccess =
  | { readonly type: "adds"; readonly value: string }
  | { readonly type: "sees"; readonly values: readonly string[] };

interface Read<Input, Output> {
  readonly operation: Operation<Input, Output>;
  readonly values: ReadonlySet<string>;
}

/** Judges a set. Null where a value is added twice, or where `accessOf` gives null. */
export function judgeGrowOnlySet<Input, Output>(
  history: readonly Operation<Input, Output>[],
  accessOf: (operation: Operation<Input, Output>) => SetAccess | null,
): RuleVerdict<Input, Output> | null {
  const additions = new Map<string, Operation<Input, Output>>();
  const reads: Read<Input, Output>[] = [];
  for (const operation of history) {
    const access = accessOf(operation);
    if (access === null) return null;
    if (access.type === "sees") {
      reads.push({ operation, values: new Set(access.values) });
    } else {
      if (additions.has(access.value)) return null;
      additions.set(access.value, operation);
    }
  }
  reads.sort(
    (a, b) =>
      a.values.size - b.values.size || (a.operation.invokedAt < b.operation.invokedAt ? -1 : 1),
  );
  return judgeReads(reads, additions);
}

function judgeReads<Input, Output>(
  reads: readonly Read<Input, Output>[],
  additions: ReadonlyMap<string, Operation<Input, Output>>,
): RuleVerdict<Input, Output> {
  const order: Operation<Input, Output>[] = [];
  const seen = new Set<string>();
  let before: Read<Input, Output> | null = null;
  for (const read of reads) {
    const { operation, values } = read;
    for (const value of before?.values ?? []) {
      if (values.has(value)) continue;
      const reason = `of two reads each saw what the other did not, such as ${value}`;
      return { verdict: "violation", reason, operations: [before!.operation, operation] };
    }
    const group: Operation<Input, Output>[] = [];
    for (const value of values) {
      if (seen.has(value)) continue;
      const addition = additions.get(value);
      if (addition === undefined) {
        const reason = `process ${operation.process} saw ${value}, which nobody added`;
        return { verdict: "violation", reason, operations: [operation] };
      }
      seen.add(value);
      group.push(addition);
    }
    for (const addition of byCall(group)) order.push(addition);
    order.push(operation);
    before = read;
  }
  const unseen = [...additions]
    .filter(([value, { outcome }]) => !seen.has(value) && outcome === "ok")
    .map(([, addition]) => addition);
  for (const addition of byCall(unseen)) order.push(addition);
  return explainOrder(order) ?? { verdict: "ok", order };
}

// By their calls, additions without a read between them never contradict real time.
function byCall<Input, Output>(group: Operation<Input, Output>[]): Operation<Input, Output>[] {
  return group.sort((a, b) => (a.invokedAt < b.invokedAt ? -1 : 1));
}
