// Histories of single calls, read and write of a key, as the judges of transactions take
// them: each call is a transaction of one step.

import { HoldfastError } from "@holdfast/std";
import type { History, Operation } from "../history/operation.ts";
import type { Key, RegisterStep, TransactionOperation, Value } from "../isolation/transaction.ts";

/** A call; without a key, of the only register that there is. */
export type RegisterCall =
  | { readonly f: "read"; readonly key?: Key }
  | { readonly f: "write"; readonly key?: Key; readonly value: Value };

/**
 * Makes transactions of calls. What a read answered is its value, or null where the register
 * was never written.
 *
 * @throws {HoldfastError} `invalid_argument` where an operation is no such call.
 */
export function registerTransactions(
  history: History<unknown, unknown>,
): TransactionOperation<RegisterStep>[] {
  return history.map((operation, place) => {
    const call = callOf(operation, place);
    const key = call.key ?? "register";
    const read = (value: unknown): RegisterStep[] => [["r", key, (value ?? null) as Value | null]];
    const steps: RegisterStep[] = call.f === "write" ? [["w", key, call.value]] : read(null);
    if (operation.outcome !== "ok") return { ...operation, input: steps, output: undefined };
    const output = call.f === "write" ? steps : read(operation.output);
    return { ...operation, input: steps, output };
  });
}

function callOf({ input }: Operation, place: number): RegisterCall {
  const call = input as Partial<RegisterCall> | null | undefined;
  if (call?.f === "read" || (call?.f === "write" && call.value !== undefined)) {
    return call as RegisterCall;
  }
  throw new HoldfastError("invalid_argument", `operation ${place} is no read and no write`);
}
