// One register that is read, written, compared and set, in each way that a store has for that:
// linearizable.

import {
  type CasRegisterInput,
  type CasRegisterOutput,
  casRegister,
  checkLinearizability,
  type History,
} from "@holdfast/check";
import { encodeUtf8, type Random, randomItem } from "@holdfast/std";
import type { Store } from "@holdfast/store";
import {
  performRegister,
  registerInput,
  registerKey,
  registerValue,
} from "../store/judged_work.ts";
import { RecordedTransaction } from "../store/recorded_transaction.ts";
import { valueText } from "../store/store_model.ts";
import type { RegisterWork } from "../store/store_plan.ts";
import type { Task, Workload } from "./workload.ts";

const register = 0;
const key = encodeUtf8(registerKey(register));

/** See the head of this file. */
export const registerWorkload: Workload = {
  name: "register",
  draw: () => {
    // What was written last, as far as anybody was told.
    let latest: number | null = null;
    return {
      task: (random, id) => {
        const does = randomItem(random, ["read", "write", "swap"] as const);
        const work = { ...base(id), does, expected: does === "swap" ? latest : null };
        return taskOf(work, random, () => {
          latest = id;
        });
      },
    };
  },
  lastTask: () => {
    const work = { ...base(0), does: "read", expected: null } as const;
    return {
      input: registerInput(work),
      perform: (store, think) => transacted(work, store, think),
    };
  },
  judge: (history) => judgeHistory(history as History<CasRegisterInput, CasRegisterOutput>),
};

function judgeHistory(history: History<CasRegisterInput, CasRegisterOutput>): string | null {
  const verdict = checkLinearizability(history, casRegister());
  if (verdict.verdict === "ok") return null;
  return verdict.verdict === "unknown" ? "not decided" : verdict.reason;
}

function base(id: number): Pick<RegisterWork, "type" | "id" | "atMs" | "thinkMs" | "register"> {
  return { type: "register", id, atMs: 0, thinkMs: 0, register };
}

function taskOf(work: RegisterWork, random: Random, onWritten: () => void): Task {
  const perform = random.next() < 0.5 ? transacted : directly;
  return {
    input: registerInput(work),
    perform: async (store, think) => {
      const answer = await perform(work, store, think);
      if (work.does !== "read" && answer !== false) onWritten();
      return answer;
    },
  };
}

async function transacted(
  work: RegisterWork,
  store: Store,
  think: () => Promise<void>,
): Promise<CasRegisterOutput> {
  if (work.does === "read") {
    return store.read((tx) => performRegister(work, new RecordedTransaction(tx, []), think));
  }
  const { value } = await store.transact((tx) =>
    performRegister(work, new RecordedTransaction(tx, []), think),
  );
  return value;
}

/** By a single call, where there is one. */
async function directly(
  work: RegisterWork,
  store: Store,
  think: () => Promise<void>,
): Promise<CasRegisterOutput> {
  if (work.does === "swap") return transacted(work, store, think);
  if (work.does === "read") {
    const value = await store.get(key);
    return registerValue(value === null ? null : valueText(value));
  }
  await store.write((writes) => writes.set(key, encodeUtf8(String(work.id))));
  return undefined;
}
