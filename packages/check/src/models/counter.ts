// A counter: a number that is added to and read.

import type { History } from "../history/operation.ts";
import type { SequentialModel } from "../linearizability/model.ts";
import { judgeUnitCounter } from "../linearizability/unit_counter.ts";
import type { RuleVerdict } from "../linearizability/verdict.ts";

/** What a counter is asked for. */
export type CounterInput = { readonly f: "add"; readonly by: number } | { readonly f: "read" };

/** What a counter answers: a read's number; nothing to an addition. */
export type CounterOutput = number | undefined;

/** A counter that is `initial` at first, 0 where left out. Of integers: sums must be exact. */
export function counter(initial = 0): SequentialModel<number, CounterInput, CounterOutput> {
  return {
    name: "counter",
    init: () => initial,
    step: (state, input, output) => {
      if (input.f === "add") return [state + input.by];
      return output === undefined || output === state ? [state] : [];
    },
    key: String,
    isRead: (input) => input.f === "read" || input.by === 0,
    rules: (history) => judgeSteps(history, initial),
  };
}

// Rules for additions that are all of one amount; null where they are not.
function judgeSteps(
  history: History<CounterInput, CounterOutput>,
  initial: number,
): RuleVerdict<CounterInput, CounterOutput> | null {
  const telling = history.filter(({ input, outcome }) => input.f === "add" || outcome === "ok");
  if (!Number.isSafeInteger(initial)) return null;
  let amount: number | undefined;
  for (const { input, output } of telling) {
    if (input.f === "read") {
      if (output === undefined) return null;
      continue;
    }
    amount ??= input.by;
    if (!Number.isSafeInteger(amount) || amount === 0 || input.by !== amount) return null;
  }
  const by = amount ?? 1;
  return judgeUnitCounter(telling, ({ input, output }) =>
    input.f === "add" ? { type: "adds" } : { type: "reads", count: (output! - initial) / by },
  );
}
