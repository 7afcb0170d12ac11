// Several registers that are read and written together.

import type { SequentialModel } from "../linearizability/model.ts";
import { isSame, type Scalar, scalarKey } from "./scalar.ts";

/** Reads a register, or writes it. */
export type MultiRegisterStep =
  | readonly ["r", name: string]
  | readonly ["w", name: string, value: Scalar];

/** What is asked for: steps that take effect as one, in this order. */
export type MultiRegisterInput = readonly MultiRegisterStep[];

/** What was read, in the order of the steps. */
export type MultiRegisterOutput = readonly Scalar[] | undefined;

/** The registers that were written. */
export type MultiRegisterState = ReadonlyMap<string, Scalar>;

/** Registers that are read and written several at once. Each holds null at first. */
export function multiRegister(): SequentialModel<
  MultiRegisterState,
  MultiRegisterInput,
  MultiRegisterOutput
> {
  return {
    name: "multi-register",
    init: () => new Map(),
    step: stepMultiRegister,
    key: (state) =>
      [...state.keys()]
        .sort()
        .map((name) => `${JSON.stringify(name)}:${scalarKey(state.get(name)!)}`)
        .join(),
    isRead: (input) => input.every(([f]) => f === "r"),
    touches: (input) => input.map(([, name]) => name),
  };
}

function stepMultiRegister(
  state: MultiRegisterState,
  input: MultiRegisterInput,
  output: MultiRegisterOutput,
): MultiRegisterState[] {
  const next = new Map(state);
  let reads = 0;
  for (const [f, name, value] of input) {
    if (f === "w") {
      // Null is what a register holds that was never written.
      if (value === null) next.delete(name);
      else next.set(name, value);
      continue;
    }
    if (output !== undefined && !isSame(output[reads], next.get(name) ?? null)) return [];
    reads += 1;
  }
  return output === undefined || output.length === reads ? [next] : [];
}
