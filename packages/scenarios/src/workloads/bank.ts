// Money that moves between accounts: every read of all accounts has one sum, and none owes.

import { type CallOperation, judgeBank } from "@holdfast/check";
import { type Random, randomBelow } from "@holdfast/std";
import { beginningBalance, performTransfer, readBank } from "../store/judged_work.ts";
import { RecordedTransaction } from "../store/recorded_transaction.ts";
import { accounts, type TransferWork } from "../store/store_plan.ts";
import type { Task, Workload } from "./workload.ts";

/** More than an account holds at first: some transfers find too little. */
const amountMax = 120;

/** See the head of this file. */
export const bank: Workload = {
  name: "bank",
  draw: () => ({
    task: (random, id) => (random.next() < 0.4 ? readTask : transferTask(drawTransfer(random, id))),
  }),
  lastTask: () => readTask,
  judge: (history) => judgeHistory(history as Iterable<CallOperation>),
};

function judgeHistory(history: Iterable<CallOperation>): string | null {
  const names = Array.from({ length: accounts }, (_, account) => account);
  const { errors } = judgeBank(history, {
    accounts: names,
    totalAmount: accounts * beginningBalance,
  });
  return errors[0]?.sentence ?? null;
}

function drawTransfer(random: Random, id: number): TransferWork {
  const from = randomBelow(random, accounts);
  const to = (from + 1 + randomBelow(random, accounts - 1)) % accounts;
  const amount = 1 + randomBelow(random, amountMax);
  return { type: "transfer", id, atMs: 0, thinkMs: 0, from, to, amount };
}

const readTask: Task = {
  input: { f: "read", value: null },
  perform: (store, think) =>
    store.read(async (tx) => {
      const found = await readBank(new RecordedTransaction(tx, []));
      await think();
      return found;
    }),
};

function transferTask(work: TransferWork): Task {
  const { from, to, amount } = work;
  return {
    input: { f: "transfer", value: { from, to, amount } },
    perform: async (store, think) => {
      const { value } = await store.transact((tx) =>
        performTransfer(work, new RecordedTransaction(tx, []), think),
      );
      return value;
    },
  };
}
