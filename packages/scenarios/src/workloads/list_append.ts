// Transactions that read lists and append to them: strictly serializable.
//
// Each opening of the store has lists of its own, some of which the next one goes on with: so
// none grows without end, and what a crash left behind is read again.

import { type History, judgeLists, type ListStep } from "@holdfast/check";
import { type Random, randomBelow } from "@holdfast/std";
import type { Store } from "@holdfast/store";
import { listSteps, performLists } from "../store/judged_work.ts";
import { RecordedTransaction } from "../store/recorded_transaction.ts";
import type { ListWork } from "../store/store_plan.ts";
import type { Task, Workload } from "./workload.ts";

/** Lists in use at once. */
const listsCount = 3;

/** See the head of this file. */
export const listAppend: Workload = {
  name: "list-append",
  draw: (opening) => ({ task: (random, id) => taskOf(drawWork(random, id, opening)) }),
  lastTask: (openings) => {
    const lists = Array.from({ length: openings + listsCount }, (_, list) => list);
    return taskOf({ ...base(0), steps: lists.map((list) => ({ list, isAppend: false })) });
  },
  judge: (history) => judgeHistory(history as History<readonly ListStep[], readonly ListStep[]>),
};

function judgeHistory(history: History<readonly ListStep[], readonly ListStep[]>): string | null {
  const { anomalies, undecided } = judgeLists(history, { complete: true });
  if (undecided.length > 0) return "not decided";
  const [anomaly] = anomalies;
  if (anomaly === undefined) return null;
  return [anomaly.sentence, ...anomaly.cycle.map(({ reason }) => reason)].join(": ");
}

function base(id: number): Omit<ListWork, "steps"> {
  return { type: "lists", id, atMs: 0, thinkMs: 0 };
}

function drawWork(random: Random, id: number, opening: number): ListWork {
  const steps = Array.from({ length: 1 + randomBelow(random, 3) }, () => ({
    list: opening + randomBelow(random, listsCount),
    isAppend: random.next() < 0.5,
  }));
  return { ...base(id), steps };
}

function taskOf(work: ListWork): Task {
  const perform = async (
    store: Store,
    think: () => Promise<void>,
  ): Promise<readonly ListStep[]> => {
    const isRead = work.steps.every(({ isAppend }) => !isAppend);
    if (isRead) {
      return store.read((tx) => performLists(work, new RecordedTransaction(tx, []), think));
    }
    const { value } = await store.transact((tx) =>
      performLists(work, new RecordedTransaction(tx, []), think),
    );
    return value;
  };
  return { input: listSteps(work), perform };
}
