// Registers: one value, which is read, written, and maybe compared and set.

import type { Model } from "../linearizability/model.ts";
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
export function register(initial: Scalar = null): Model<Scalar, RegisterInput, RegisterOutput> {
  return {
    name: "register",
    init: () => initial,
    step: stepRegister,
    key: scalarKey,
    isRead: ({ f }) => f === "read",
  };
}

/**
 * A register whose `cas` writes `to` if it holds `from`, and answers whether it did.
 * It holds `initial` at first, null where left out.
 */
export function casRegister(
  initial: Scalar = null,
): Model<Scalar, CasRegisterInput, CasRegisterOutput> {
  return {
    name: "CAS register",
    init: () => initial,
    step: stepRegister,
    key: scalarKey,
    isRead: ({ f }, output) => f === "read" || (f === "cas" && output === false),
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
