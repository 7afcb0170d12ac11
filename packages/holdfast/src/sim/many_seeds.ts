// Plays many seeds on all cores, and sums up what came of them.

import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { playSeeds, type SeedReport, type SeedTask, Tally } from "@holdfast/scenarios/node";
import type { Scenario } from "@holdfast/sim";
import { Progress } from "../progress.ts";
import { failureLines, idleKinds, summary } from "./summary.ts";

/** The hidden verb that a worker runs as. */
export const workerVerb = "sim-worker";

/** How much is played: so many seeds of each scenario, or for so long. */
export type HowMuch =
  | { readonly type: "seeds"; readonly seeds: number }
  | { readonly type: "minutes"; readonly minutes: number };

/** What is to be played. */
export interface ManySeeds {
  readonly scenarios: readonly Scenario[];
  readonly firstSeed: number;
  readonly howMuch: HowMuch;
}

/** What came of it. */
export interface ManyPlayed {
  readonly isRight: boolean;
  /** The first that failed, in the order in which they ended. */
  readonly firstFailed: SeedReport | null;
}

/** Megabytes of heap for what dies young, which is nearly all of a run: a tenth less time than with V8's 16. */
const youngGeneration = "--max-semi-space-size=64";

/** Failures that are told in full; more say nothing new. */
const failuresToldMax = 20;

/** Plays them, prints failures as they come and a summary in the end. */
export async function playMany({ scenarios, firstSeed, howMuch }: ManySeeds): Promise<ManyPlayed> {
  const beganMs = performance.now();
  const tallies = new Map(scenarios.map(({ name }) => [name, new Tally(name)]));
  const all = howMuch.type === "seeds" ? howMuch.seeds * scenarios.length : Infinity;
  const workers = Math.min(availableParallelism(), all);
  const progress = new Progress("sim");
  let [given, done] = [0, 0];
  let firstFailed: SeedReport | null = null;
  process.stdout.write(`first seed ${firstSeed}\n`);
  const share = (count: number): number =>
    howMuch.type === "seeds"
      ? count / all
      : (performance.now() - beganMs) / (howMuch.minutes * 60_000);
  const next = (): SeedTask | null => {
    if (given >= all || (howMuch.type === "minutes" && share(given) >= 1)) return null;
    const scenario = scenarios[given % scenarios.length]!;
    const seed = firstSeed + Math.floor(given / scenarios.length);
    given += 1;
    return { scenario: scenario.name, seed };
  };
  const onReport = (report: SeedReport): void => {
    const tally = tallies.get(report.scenario)!;
    tally.add(report);
    done += 1;
    progress.show(Math.min(share(done), 1), 1);
    if (report.failure === null) return;
    firstFailed ??= report;
    if (tally.failed.length > failuresToldMax) return;
    progress.clear();
    process.stdout.write(failureLines(report));
  };
  const coverage = await playSeeds({ workers, start: startWorker, next, onReport });
  progress.clear();
  const elapsedMs = performance.now() - beganMs;
  const sums = [...tallies.values()];
  process.stdout.write(summary({ tallies: sums, coverage, workers, elapsedMs }));
  const isRight = sums.every((tally) => tally.failed.length === 0 && idleKinds(tally).length === 0);
  return { isRight, firstFailed };
}

/** This very command, as a worker: so it is compiled, or not, as this one is. */
function startWorker(): ChildProcess {
  return fork(process.argv[1]!, [workerVerb], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    execArgv: [...process.execArgv, youngGeneration],
  });
}
