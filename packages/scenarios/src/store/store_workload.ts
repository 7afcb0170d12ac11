// What each operation of the store scenario does in its transaction.
//
// What holds whatever the order: transfers leave the sum of all accounts as it is, and
// of two people one is on duty, which each looks up before going off (write skew would
// have both off). Rows that nobody wrote stand for a beginning: no setting up is needed.

import { ViolationError } from "@holdfast/sim";
import {
  type Answer,
  beginningBalance,
  performLists,
  performRegister,
  performTransfer,
  registerKey,
} from "./judged_work.ts";
import type { RecordedTransaction } from "./recorded_transaction.ts";
import type { RegisterWork, StoreOperation } from "./store_plan.ts";

/** An operation that is one transaction. */
export type Work = Exclude<StoreOperation, { readonly type: "watch" }>;

/** What is written without reading anything. */
export type BlindWork =
  | Extract<StoreOperation, { readonly type: "put" | "clear" }>
  | (RegisterWork & { readonly does: "write" });

/** The key by which a committed operation that wrote is found again. */
export function markOf(operation: number): string {
  return `mark/${String(operation).padStart(5, "0")}`;
}

/** The key under which a committed operation that wrote may keep its version. */
export function stampOf(operation: number): string {
  return `stamp/${String(operation).padStart(5, "0")}`;
}

/** What a program has of time. */
export interface Time {
  /** Passes the time that work takes. */
  think(): Promise<void>;
  /** The wall clock, for what is written to say when. */
  wall(): number;
}

/** Does `work`, and answers what judges read of it. May run several times. */
export async function perform(work: Work, tx: RecordedTransaction, time: Time): Promise<Answer> {
  const answer = await act(work, tx, time.think);
  if (tx.hasWritten) tx.set(markOf(work.id), `${work.type} at ${time.wall()}`);
  return answer;
}

/** Writes what `work` does, and its mark, at once. */
export function writeBlindly(work: BlindWork, tx: RecordedTransaction, wallMs: number): void {
  writeOwn(work, tx);
  tx.set(markOf(work.id), `${work.type} at ${wallMs}`);
}

function writeOwn(work: BlindWork, tx: RecordedTransaction): void {
  if (work.type === "register") tx.set(registerKey(work.register), String(work.id));
  else if (work.type === "clear") tx.clearRange(rowKey(work.fromRow), rowKey(work.toRow));
  else {
    const text = `by ${work.id} `.padEnd(work.sizeBytes, "~");
    for (const row of work.rows) tx.set(rowKey(row), text);
  }
}

async function act(
  work: Work,
  tx: RecordedTransaction,
  think: () => Promise<void>,
): Promise<Answer> {
  switch (work.type) {
    case "scan":
      await tx.range(work.space, work.limitRows, work.isReverse);
      await think();
      await tx.range(work.space, work.limitRows, work.isReverse);
      return;
    case "lists":
      return performLists(work, tx, think);
    case "register":
      return performRegister(work, tx, think);
    case "add":
    case "cancel": {
      const key = `counter/${work.counter}`;
      const count = Number((await tx.get(key)) ?? 0);
      await think();
      tx.set(key, String(count + 1));
      return;
    }
    case "transfer":
      await performTransfer(work, tx, think);
      return;
    case "claim": {
      const key = `claim/${work.name}`;
      const owner = await tx.get(key);
      await think();
      if (owner !== null) return;
      tx.set(key, `by ${work.id}`);
      return;
    }
    case "duty": {
      const rows = new Map(await tx.range("duty"));
      await think();
      const canLeave = rows.get(`duty/${1 - work.person}`) !== "off";
      const isOff = rows.get(`duty/${work.person}`) === "off";
      tx.set(`duty/${work.person}`, canLeave && !isOff ? "off" : "on");
      return;
    }
    case "put":
    case "clear":
      await think();
      writeOwn(work, tx);
      return;
    case "move": {
      const moved = await tx.get(rowKey(work.fromRow));
      await think();
      if (moved === null) return;
      tx.clearRange(rowKey(work.fromRow), rowKey(work.fromRow + 1));
      tx.set(rowKey(work.toRow), `moved by ${work.id}`);
      // Who has read all of it meets everybody who touches it.
      if (work.fromRow < work.toRow) await tx.range("row");
      return;
    }
  }
}

/** @throws {ViolationError} ST4, where `rows`, which are those of one version, break what holds. */
export function requireInvariants(rows: ReadonlyMap<string, string>): void {
  let over = 0;
  for (const [key, value] of rows) {
    if (key.startsWith("account/")) over += Number(value) - beginningBalance;
  }
  if (over !== 0) throw new ViolationError("ST4", `the sum of all accounts is off by ${over}`);
  if (rows.get("duty/0") === "off" && rows.get("duty/1") === "off") {
    throw new ViolationError("ST4", "nobody is on duty");
  }
}

function rowKey(row: number): string {
  return `row/${String(row).padStart(3, "0")}`;
}
