// Registers: one value, which is read, written, and maybe compared and set.

import type { Operation } from "../history/operation.ts";
import type { SequentialModel } from "../linearizability/model.ts";
import { judgeUniqueRegister, type RegisterAccess } from "../linearizability/unique_register.ts";
import { isSame, type Scalar, scalarKey } from "./scalar.ts";

/** What a register is asked for. */
export type RegisterInput =
  | { readonly f: "read" }
  | { readonly f: "write"; readonly value: Scalar };

/** What a register answers: a read's value; nothing to a write. */
export type RegisterOutput = Scalar | undefined;

/** What a register with compare-and-set is asked for. */
export type CasRegisterInput =
  | RegisterInput
  | { readonly f: "cas"; readonly from: Scalar; readonly to: Scalar };

/** A read's value; nothing to a write; to a compare-and-set whether it was done. */
export type CasRegisterOutput = Scalar | undefined;

/** A register that holds `initial` at first, null where left out. */
export function register(
  initial: Scalar = null,
): SequentialModel<Scalar, RegisterInput, RegisterOutput> {
  return {
    name: "register",
    init: () => initial,
    step: stepRegister,
    key: scalarKey,
    isRead: ({ f }) => f === "read",
    overwrites: ({ f }) => (f === "write" ? "" : null),
    rules: (history) => judgeUniqueRegister(history, scalarKey(initial), accessOf),
  };
}

/**
 * A register whose `cas` writes `to` if it holds `from`, and answers whether it did.
 * It holds `initial` at first, null where left out.
 */
export function casRegister(
  initial: Scalar = null,
): SequentialModel<Scalar, CasRegisterInput, CasRegisterOutput> {
  return {
    name: "CAS register",
    init: () => initial,
    step: stepRegister,
    key: scalarKey,
    isRead: ({ f }, output) => f === "read" || (f === "cas" && output === false),
    overwrites: ({ f }) => (f === "write" ? "" : null),
    rules: (history) => judgeUniqueRegister(history, scalarKey(initial), accessOf),
  };
}

function stepRegister(state: Scalar, input: CasRegisterInput, output: CasRegisterOutput): Scalar[] {
  switch (input.f) {
    case "read":
      return output === undefined || isSame(output, state) ? [state] : [];
    case "write":
      return [input.value];
    case "cas": {
      const isDone = isSame(state, input.from);
      if (output !== undefined && output !== isDone) return [];
      return [isDone ? input.to : state];
    }
  }
}

function accessOf({
  input,
  outcome,
  output,
}: Operation<CasRegisterInput, CasRegisterOutput>): RegisterAccess | null {
  switch (input.f) {
    case "read":
      if (outcome !== "ok") return { reads: undefined, writes: undefined };
      return output === undefined ? null : { reads: scalarKey(output), writes: undefined };
    case "write":
      return { reads: undefined, writes: scalarKey(input.value) };
    case "cas":
      // What was not done, or maybe not, says only what the register did not hold.
      if (outcome === "ok" && output !== true) return null;
      return { reads: scalarKey(input.from), writes: scalarKey(input.to) };
  }
}
