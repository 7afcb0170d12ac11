// Workers on an open store: each makes one call after another, and has each recorded.

import { isHoldfastError, type Random, randomBelow } from "@holdfast/std";
import type { Store } from "@holdfast/store";
import { perhapsDone, surelyFailed } from "../store/outcome.ts";
import type { Task, Workload } from "./workload.ts";

/** Records a call of `process` and what came of it: with `Recorder.record`, or by writing it down elsewhere. */
export type RecordCall = (
  process: string,
  input: unknown,
  call: () => Promise<unknown>,
) => Promise<unknown>;

/** What workers are given. */
export interface WorkersParts {
  readonly workload: Workload;
  /** Which opening of the store this is, of all of the history, from 0. */
  readonly opening: number;
  readonly random: Random;
  /** How many work at once, and how many calls each makes. */
  readonly workers: number;
  readonly calls: number;
  readonly record: RecordCall;
}

/** An open store, and how time passes for whoever works on it: not at all once its process is gone. */
export interface WorkSite {
  readonly store: Store;
  readonly think: () => Promise<void>;
}

/** More calls than any opening has. */
const callsMax = 1_000_000;

/**
 * Works at `site`; resolves when all calls were answered, or when the store was closed, or
 * failed.
 *
 * @throws What a call fails with that no store may fail with here.
 */
export async function workOn(site: WorkSite, parts: WorkersParts): Promise<void> {
  const { workload, opening, random, workers } = parts;
  const draw = workload.draw(opening);
  let id = opening * callsMax;
  const next = (): Task => {
    id += 1;
    return draw.task(random, id);
  };
  const names = Array.from({ length: workers }, (_, worker) => `worker-${worker} of ${opening}`);
  await Promise.all(names.map((name) => work(site, name, { ...parts, next })));
}

/** Reads all that the openings of a history wrote, until that succeeds. */
export async function readAll(
  site: WorkSite,
  { workload, opening, record }: Pick<WorkersParts, "workload" | "opening" | "record">,
): Promise<void> {
  const task = workload.lastTask(opening);
  for (let isDone = false; !isDone; ) {
    isDone = (await make(site, "last", { task, record })) === null;
    if (!isDone) await site.think();
  }
}

/** Whether a call that failed with `error` certainly did not take effect. */
export function isFail(error: unknown): boolean {
  return isHoldfastError(error, ...surelyFailed);
}

async function work(
  site: WorkSite,
  name: string,
  { calls, next, record, random }: WorkersParts & { readonly next: () => Task },
): Promise<void> {
  for (let count = 0; count < calls; count += 1) {
    const code = await make(site, name, { task: next(), record });
    if (code === "closed" || code === "io") return;
    for (let pauses = randomBelow(random, 3); pauses > 0; pauses -= 1) await site.think();
  }
}

/** The code that it failed with, or null. */
async function make(
  { store, think }: WorkSite,
  name: string,
  { task, record }: Pick<WorkersParts, "record"> & { readonly task: Task },
): Promise<string | null> {
  try {
    await record(name, task.input, () => task.perform(store, think));
    return null;
  } catch (error) {
    if (isHoldfastError(error, ...surelyFailed, ...perhapsDone)) return error.code;
    throw error;
  }
}
