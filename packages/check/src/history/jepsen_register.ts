// Makes of a history of Jepsen's one of a register with compare-and-set, as Knossos's
// model of that name understands it.

import { HoldfastError } from "@holdfast/std";
import type { CasRegisterInput, CasRegisterOutput } from "../models/register.ts";
import type { Scalar } from "../models/scalar.ts";
import type { JepsenInput } from "./jepsen.ts";
import type { History, Operation } from "./operation.ts";

/**
 * The operations `read`, `write` and `cas`, whose value is `[from, to]`. A `cas` that failed
 * says nothing, as any operation that failed.
 *
 * @throws {HoldfastError} `invalid_argument` where an operation is another, or a value is no
 *   number, text, boolean or null.
 */
export function casRegisterHistory(
  history: History<JepsenInput, unknown>,
): History<CasRegisterInput, CasRegisterOutput> {
  return history.map((operation) => ({
    ...operation,
    input: inputOf(operation),
    output: outputOf(operation),
  }));
}

function inputOf({ input: { f, value }, process }: Operation<JepsenInput>): CasRegisterInput {
  if (f === "read") return { f };
  if (f === "write") return { f, value: scalar(value) };
  if (f === "cas" && Array.isArray(value) && value.length === 2) {
    return { f, from: scalar(value[0]), to: scalar(value[1]) };
  }
  const sentence = `process ${process} asks a register for ${f}`;
  throw new HoldfastError("invalid_argument", sentence);
}

function outputOf({ input: { f }, outcome, output }: Operation<JepsenInput>): CasRegisterOutput {
  if (outcome !== "ok" || f === "write") return undefined;
  return f === "cas" ? true : scalar(output);
}

function scalar(value: unknown): Scalar {
  if (value === null) return value;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  throw new HoldfastError("invalid_argument", "a register's value is no number, text or boolean");
}
