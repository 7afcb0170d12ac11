// Judges a bank: money moves between accounts, so every read of all accounts has one sum.

import { HoldfastError } from "@holdfast/std";
import { type CallOperation, callsOf, type DataVerdict, refuse } from "./calls.ts";

/** What a bank holds. */
export interface BankOptions {
  readonly accounts: readonly (string | number)[];
  readonly totalAmount: number;
  /** Whether an account may owe. Default false. */
  readonly negativeBalances?: boolean;
}

/** A read that can't be right; the first of these reasons that fits. */
export interface BankError {
  readonly type: "unexpected-key" | "nil-balance" | "wrong-total" | "negative-value";
  /** The read, by its place in the history. */
  readonly operation: number;
  /** The reason, as a sentence without its full stop. */
  readonly sentence: string;
}

/** What reads saw. */
export interface BankVerdict {
  readonly verdict: DataVerdict;
  readonly readCount: number;
  readonly errors: readonly BankError[];
}

/**
 * Judges calls of `read`, which answers a balance for each account. Other calls are passed
 * over. Linear.
 *
 * @throws {HoldfastError} `invalid_argument` or `too_large`, with the place.
 */
export function judgeBank(history: Iterable<CallOperation>, options: BankOptions): BankVerdict {
  const accounts = new Set(options.accounts.map(String));
  if (!Number.isFinite(options.totalAmount)) {
    throw new HoldfastError("invalid_argument", `totalAmount is ${options.totalAmount}`);
  }
  const errors: BankError[] = [];
  let readCount = 0;
  for (const [place, { input, outcome, output }] of callsOf(history).entries()) {
    if (input.f !== "read" || outcome !== "ok") continue;
    readCount += 1;
    if (typeof output !== "object" || output === null) refuse(place, "the answer is no map");
    const problem = problemOf(Object.entries(output), accounts, options);
    if (problem !== null) errors.push({ ...problem, operation: place });
  }
  return { verdict: errors.length > 0 ? "violation" : "ok", readCount, errors };
}

function problemOf(
  balances: readonly (readonly [string, unknown])[],
  accounts: ReadonlySet<string>,
  { totalAmount, negativeBalances = false }: BankOptions,
): Omit<BankError, "operation"> | null {
  const strange = balances.filter(([account]) => !accounts.has(account)).map(([name]) => name);
  if (strange.length > 0) {
    return { type: "unexpected-key", sentence: `there is no account ${strange.join(", ")}` };
  }
  const empty = balances.filter(([, amount]) => typeof amount !== "number").map(([name]) => name);
  if (empty.length > 0) {
    return { type: "nil-balance", sentence: `account ${empty.join(", ")} has no balance` };
  }
  const amounts = balances as readonly (readonly [string, number])[];
  const total = amounts.reduce((sum, [, amount]) => sum + amount, 0);
  if (total !== totalAmount) {
    return { type: "wrong-total", sentence: `the accounts hold ${total}, not ${totalAmount}` };
  }
  const owing = amounts.filter(([, amount]) => amount < 0);
  if (owing.length > 0 && !negativeBalances) {
    const which = owing.map(([account, amount]) => `${account} ${amount}`).join(", ");
    return { type: "negative-value", sentence: `accounts owe: ${which}` };
  }
  return null;
}
