// Several processes that play seeds side by side.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { assert } from "@holdfast/std";
import type { SeedReport } from "../campaign/seed_report.ts";
import { CoverageSum } from "./coverage.ts";
import type { SeedTask, WorkerOrder, WorkerWord } from "./worker.ts";

/** Options for {@link playSeeds}. */
export interface CrewOptions {
  /** How many processes. */
  readonly workers: number;
  /** Starts one, with a channel, that calls `playAsWorker`. */
  readonly start: () => ChildProcess;
  /** What is to be played next; null when nothing is. */
  readonly next: () => SeedTask | null;
  /** Called with what came of each, as it comes. */
  readonly onReport: (report: SeedReport) => void;
}

/**
 * Plays seeds in as many processes as asked for.
 *
 * A process that ends by itself has failed the seed that it was at, and another
 * takes its place.
 *
 * @returns Which functions of the product ran.
 */
export async function playSeeds(options: CrewOptions): Promise<CoverageSum> {
  const coverage = new CoverageSum();
  const places = Array.from({ length: options.workers }, async () => {
    while (!(await playInOne(options, coverage)));
  });
  await Promise.all(places);
  return coverage;
}

/** Runs one process; answers whether all was played when it ended. */
async function playInOne(options: CrewOptions, coverage: CoverageSum): Promise<boolean> {
  const child = options.start();
  // Words may come after the end of who said them.
  const ended = Promise.all([once(child, "exit"), once(child, "disconnect")]);
  let task: SeedTask | null = null;
  let isOver = false;
  child.on("message", (word: WorkerWord) => {
    if (word.type === "coverage") {
      coverage.add(word.runs);
      return;
    }
    if (word.type === "report") options.onReport(word.report);
    task = options.next();
    isOver = task === null;
    const order: WorkerOrder = task === null ? { type: "end" } : { type: "play", task };
    // Where it has gone meanwhile, its end says so.
    child.send(order, () => undefined);
  });
  const [[code, signal]] = await ended;
  const end = `the process that played it ended with ${signal ?? `code ${code}`}`;
  if (task !== null) options.onReport(lost(task, end));
  // Before anything was asked of it: another would fare no better.
  else assert(isOver, "a worker ended before it began");
  return isOver;
}

function lost({ scenario, seed }: SeedTask, sentence: string): SeedReport {
  const failure = { id: "process", sentence };
  const nothing = { events: 0, virtualMs: 0, elapsedMs: 0, drawn: [], bites: [], counts: {} };
  return { scenario, seed, failure, ...nothing };
}
