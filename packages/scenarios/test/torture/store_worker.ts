// A process for the torture of the store: transactions on lists and registers of a store
// on LMDB, several at once, until it is killed; says of each what was asked and answered.
//
// usage: store_worker.ts FOLDER SEED LIFE
// stdout, a line each:  opened          the store is open
//                       NAME EVENT      an event of the history NAME, as docs/formats/history.md has it
//
// A call is said before it is made and an answer when it has come: the order of the lines
// agrees with real time.

import type { CasRegisterInput, CasRegisterOutput, ListStep } from "@holdfast/check";
import { isHoldfastError, type Random, randomBelow, randomItem, SeededRandom } from "@holdfast/std";
import { openLmdbStore } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";
import {
  listSteps,
  performLists,
  performRegister,
  registerInput,
} from "../../src/store/judged_work.ts";
import { RecordedTransaction } from "../../src/store/recorded_transaction.ts";
import { type ListWork, type RegisterWork, registers } from "../../src/store/store_plan.ts";

const [folder, seed, life] = process.argv.slice(2) as [string, string, string];
/** Each list is in use for so many lives, so that none grows without end. */
const listsAtOnce = 3;
const workers = 4;
const base = { atMs: 0, thinkMs: 0 };

const store = await openLmdbStore({ world: nodeWorld(), folder });
let ids = Number(life) * 1_000_000;
/** What somebody wrote last into each register, as far as anybody was told. */
const latest = new Map<number, number>();

function say(history: string, event: object): void {
  process.stdout.write(`${history} ${JSON.stringify(event)}\n`);
}

/** Has worker `name` do `act`. A swap that found another value did not happen, as Jepsen has it. */
async function record<Output>(
  history: string,
  { name, input }: { readonly name: string; readonly input: unknown },
  act: () => Promise<Output>,
): Promise<Output | null> {
  say(history, { process: name, type: "invoke", input });
  try {
    const output = await act();
    if (output === false) say(history, { process: name, type: "fail" });
    else say(history, { process: name, type: "ok", output });
    return output;
  } catch (error) {
    if (!isHoldfastError(error, "conflict", "too_old")) throw error;
    say(history, { process: name, type: "fail" });
    return null;
  }
}

async function workOnLists(name: string, random: Random): Promise<void> {
  ids += 1;
  const steps = Array.from({ length: 1 + randomBelow(random, 3) }, () => ({
    list: Number(life) + randomBelow(random, listsAtOnce),
    isAppend: random.next() < 0.5,
  }));
  const work: ListWork = { type: "lists", id: ids, ...base, steps };
  const input: readonly ListStep[] = listSteps(work);
  await record("lists", { name, input }, async () => {
    const { value } = await store.transact((tx) =>
      performLists(work, new RecordedTransaction(tx, []), pause),
    );
    return value;
  });
}

async function workOnRegister(name: string, random: Random): Promise<void> {
  ids += 1;
  const register = randomBelow(random, registers);
  const does = randomItem(random, ["read", "write", "swap"] as const);
  const expected = latest.get(register) ?? null;
  const work: RegisterWork = { type: "register", id: ids, ...base, register, does, expected };
  const input: CasRegisterInput = registerInput(work);
  const answer = await record(`register-${register}`, { name, input }, () => perform(work));
  if (does === "write" || answer === true) latest.set(register, work.id);
}

async function perform(work: RegisterWork): Promise<CasRegisterOutput> {
  if (work.does === "read") {
    return store.read((tx) => performRegister(work, new RecordedTransaction(tx, []), pause));
  }
  const { value } = await store.transact((tx) =>
    performRegister(work, new RecordedTransaction(tx, []), pause),
  );
  return value;
}

/** Lets others in between. */
function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function work(worker: number): Promise<never> {
  const random = new SeededRandom(Number(seed) + worker);
  const name = `worker-${worker} of life ${life}`;
  for (;;) await (random.next() < 0.5 ? workOnLists(name, random) : workOnRegister(name, random));
}

process.stdout.write("opened\n");
await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
