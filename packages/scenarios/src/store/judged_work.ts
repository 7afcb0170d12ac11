// Work whose answers judges read: on lists that grow, on registers, and in a bank.
//
// A list is the rows `list/N/0000`, `list/N/0001` and so on: who reads it reads that range,
// and who appends looks up its last row. A register is the row `register/N`. Whatever is
// written differs from all else that is: an operation writes its own number. An account is the
// row `account/N`, and holds 100 where there is none.

import type { CasRegisterInput, CasRegisterOutput, ListStep } from "@holdfast/check";
import { type RecordedTransaction, rangeOf } from "./recorded_transaction.ts";
import { accounts, type ListWork, type RegisterWork, type TransferWork } from "./store_plan.ts";

/** What an account holds at first. */
export const beginningBalance = 100;

/** What an operation answered; undefined for work that no judge reads. */
export type Answer = readonly ListStep[] | CasRegisterOutput;

/** The list that a row is of; null for other rows. */
export function listOfRow(key: string): string | null {
  return /^(list\/\d+)\/\d{4}$/.exec(key)?.[1] ?? null;
}

/** The key of a register. */
export function registerKey(register: number): string {
  return `register/${register}`;
}

/**
 * What `work` asks for, as judges have it. Each list that it appends to is read in the end:
 * so of what was appended it is known where it stands, even if nobody else ever reads it.
 */
export function listSteps({ id, steps }: ListWork): readonly ListStep[] {
  const asked = steps.map(
    ({ list, isAppend }, index): ListStep =>
      isAppend ? ["append", `list/${list}`, `${id}.${index}`] : ["r", `list/${list}`, null],
  );
  const appended = new Set(asked.filter(([f]) => f === "append").map(([, list]) => list));
  return [...asked, ...[...appended].map((list): ListStep => ["r", list, null])];
}

/** What `work` asks for, as judges have it. */
export function registerInput({ id, does, expected }: RegisterWork): CasRegisterInput {
  if (does === "read") return { f: "read" };
  return does === "write" ? { f: "write", value: id } : { f: "cas", from: expected, to: id };
}

/** Does `work`; thinks before it first writes. Answers its steps with what was read. */
export async function performLists(
  work: ListWork,
  tx: RecordedTransaction,
  think: () => Promise<void>,
): Promise<readonly ListStep[]> {
  const answer: ListStep[] = [];
  let isThought = false;
  for (const step of listSteps(work)) {
    const [f, list, value] = step;
    if (f === "r") {
      const rows = await tx.range(String(list));
      answer.push(["r", list, rows.map(([, text]) => text)]);
      continue;
    }
    const [last] = await tx.range(String(list), 1, true);
    if (!isThought) await think();
    isThought = true;
    const next = last === undefined ? 0 : Number(last[0].slice(-4)) + 1;
    tx.set(`${rangeOf(String(list)).start}${String(next).padStart(4, "0")}`, String(value));
    await tx.range(String(list), 3, true);
    answer.push(step);
  }
  if (!isThought) await think();
  return answer;
}

/** Does `work`; thinks before it writes. */
export async function performRegister(
  work: RegisterWork,
  tx: RecordedTransaction,
  think: () => Promise<void>,
): Promise<CasRegisterOutput> {
  const { id, register, does, expected } = work;
  const key = registerKey(register);
  const found = does === "write" ? null : registerValue(await tx.get(key));
  await think();
  if (does === "read") return found;
  const isDone = does === "write" || found === expected;
  if (isDone) tx.set(key, String(id));
  return does === "write" ? undefined : isDone;
}

/** The value that a register's row holds; null where there is none. */
export function registerValue(text: string | null): number | null {
  return text === null ? null : Number(text);
}

/** Does `work`, if there is money for it; thinks before it writes. Answers whether it was done. */
export async function performTransfer(
  { from, to, amount }: TransferWork,
  tx: RecordedTransaction,
  think: () => Promise<void>,
): Promise<boolean> {
  const [source, target] = [await balance(tx, from), await balance(tx, to)];
  await think();
  if (source < amount) return false;
  tx.set(accountKey(from), String(source - amount));
  tx.set(accountKey(to), String(target + amount));
  return true;
}

/** What each account holds. */
export async function readBank(tx: RecordedTransaction): Promise<Readonly<Record<string, number>>> {
  const rows = new Map(await tx.range("account"));
  const names = Array.from({ length: accounts }, (_, account) => account);
  return Object.fromEntries(
    names.map((account) => [account, Number(rows.get(accountKey(account)) ?? beginningBalance)]),
  );
}

async function balance(tx: RecordedTransaction, account: number): Promise<number> {
  return Number((await tx.get(accountKey(account))) ?? beginningBalance);
}

function accountKey(account: number): string {
  return `account/${account}`;
}
