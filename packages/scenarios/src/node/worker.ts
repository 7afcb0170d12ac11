// A process that plays seeds, one after the other, as it is told: one run at a time
// goes on in a process, so more cores take more processes.

import type { Scenario } from "@holdfast/sim";
import { assert } from "@holdfast/std";
import { reportSeed, type SeedReport } from "../campaign/seed_report.ts";
import { scenarios } from "../scenarios.ts";
import { FunctionCoverage, type FunctionRun } from "./coverage.ts";

/** A seed to play. */
export interface SeedTask {
  readonly scenario: string;
  readonly seed: number;
}

/** What a worker is told: to play a seed, or to say what it has run and end. */
export type WorkerOrder =
  | { readonly type: "play"; readonly task: SeedTask }
  | { readonly type: "end" };

/** What a worker says. */
export type WorkerWord =
  | { readonly type: "ready" }
  | { readonly type: "report"; readonly report: SeedReport }
  | { readonly type: "coverage"; readonly runs: readonly FunctionRun[] };

/** Plays seeds as this process's parent says, over its channel, until it says to end. */
export async function playAsWorker(): Promise<void> {
  // A report has an error's sentence alone, and stacks take a quarter of a run's time.
  Error.stackTraceLimit = 0;
  const coverage = new FunctionCoverage();
  await coverage.start();
  await new Promise<void>((resolve) => {
    process.on("message", (order: WorkerOrder) => {
      void obey(order, coverage).then((isOver) => isOver && resolve());
    });
    // Without a parent there is nobody to play for.
    process.on("disconnect", () => process.exit(0));
    void say({ type: "ready" });
  });
  process.disconnect();
}

/** Does what it is told; answers whether that was all. */
async function obey(order: WorkerOrder, coverage: FunctionCoverage): Promise<boolean> {
  if (order.type === "end") {
    await say({ type: "coverage", runs: await coverage.take() });
    return true;
  }
  const { task } = order;
  const scenario: Scenario | undefined = scenarios.find(({ name }) => name === task.scenario);
  assert(scenario !== undefined, `no scenario is called ${task.scenario}`);
  const report = await reportSeed(scenario, task.seed, () => performance.now());
  await say({ type: "report", report });
  return false;
}

function say(word: WorkerWord): Promise<void> {
  return new Promise((resolve) => process.send!(word, () => resolve()));
}
