// A set of values.

import type { History, Operation } from "../history/operation.ts";
import { judgeGrowOnlySet, type SetAccess } from "../linearizability/grow_only_set.ts";
import type { SequentialModel } from "../linearizability/model.ts";
import { type Scalar, scalarKey } from "./scalar.ts";

/** What a set is asked for. `has` asks for one value, `read` for all of them. */
export type SetInput =
  | { readonly f: "add" | "remove" | "has"; readonly value: Scalar }
  | { readonly f: "read" };

/** What a set answers: whether it has a value, or all values in any order; nothing to others. */
export type SetOutput = boolean | readonly Scalar[] | undefined;

/** A state: the values by their texts. */
export type SetState = ReadonlyMap<string, Scalar>;

/** A set, empty at first. Values are independent as long as nobody reads all of them. */
export function set(): SequentialModel<SetState, SetInput, SetOutput> {
  return {
    name: "set",
    init: () => new Map(),
    step: stepSet,
    key: (state) => [...state.keys()].sort().join(),
    isRead: ({ f }) => f === "has" || f === "read",
    partition: (input) => (input.f === "read" ? null : scalarKey(input.value)),
    rules: (history) => judgeGrowOnlySet(telling(history), accessOf),
  };
}

function stepSet(state: SetState, input: SetInput, output: SetOutput): SetState[] {
  switch (input.f) {
    case "add":
      return [new Map(state).set(scalarKey(input.value), input.value)];
    case "remove": {
      const next = new Map(state);
      next.delete(scalarKey(input.value));
      return [next];
    }
    case "has":
      return output === undefined || output === state.has(scalarKey(input.value)) ? [state] : [];
    case "read":
      return output === undefined || holds(state, output) ? [state] : [];
  }
}

function holds(state: SetState, output: boolean | readonly Scalar[]): boolean {
  if (typeof output === "boolean") return false;
  const values = new Set(output.map(scalarKey));
  return values.size === state.size && [...values].every((key) => state.has(key));
}

// Without reads of unknown outcome, which say nothing.
function telling(history: History<SetInput, SetOutput>): History<SetInput, SetOutput> {
  return history.filter(({ input, outcome }) => input.f !== "read" || outcome === "ok");
}

function accessOf({ input, output }: Operation<SetInput, SetOutput>): SetAccess | null {
  if (input.f === "add") return { type: "adds", value: scalarKey(input.value) };
  if (input.f !== "read" || typeof output !== "object") return null;
  return { type: "sees", values: output.map(scalarKey) };
}
