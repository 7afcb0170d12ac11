// Plays one plan, says what came of it, and makes it smaller, draws it or writes its
// histories where that is asked for.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  diagramPage,
  failureId,
  formatPlan,
  type Plan,
  type Played,
  type PlayOptions,
  playPlan,
  playSeed,
  type Scenario,
  shrink,
  transcript,
} from "@holdfast/sim";
import { HoldfastError } from "@holdfast/std";
import { Progress } from "../progress.ts";
import { count, listed, many } from "./numbers.ts";

/** What is to be played, and made of it. */
export interface OneRun {
  readonly scenario: Scenario;
  readonly plan: Plan;
  /** Whether the plan is as it was drawn: then a run that proved nothing fails, too. */
  readonly isDrawn: boolean;
  /** The command that plays this again. */
  readonly again: string;
  /** Where the page goes. */
  readonly report?: string;
  /** Where the smaller plan goes. */
  readonly shrink?: string;
  /** The folder for its histories. */
  readonly history?: string;
}

/** Lines of the transcript that a failed run shows. */
const linesShownMax = 40;
/** Runs in which a smaller plan is looked for. */
const shrinkRunsMax = 400;

/** Plays it, and prints; answers whether it passed. The last line is `trace hash <hex>`. */
export async function playOne(run: OneRun): Promise<boolean> {
  const { scenario } = run;
  const played = await play(run, { keepsTrace: true });
  process.stdout.write(played.failure === null ? passed(played) : await failed(run, played));
  let shown = played;
  if (run.shrink !== undefined && played.failure !== null) {
    shown = await makeSmaller(scenario, played);
    await write(run.shrink, formatPlan(shown.plan));
    process.stdout.write(smaller(played, shown, run.shrink));
  }
  if (run.report !== undefined) {
    await write(run.report, pageOf(run, shown));
    process.stdout.write(`the diagram is in ${run.report}\n`);
  }
  if (run.history !== undefined) await writeHistories(run.history, shown);
  process.stdout.write(`trace hash ${played.traceHash}\n`);
  return played.failure === null;
}

function play({ scenario, plan, isDrawn }: OneRun, options: PlayOptions): Promise<Played> {
  return isDrawn ? playSeed(scenario, plan.seed, options) : playPlan(scenario, plan, options);
}

function headOf({ plan, events, virtualMs }: Played): string {
  const did = `${many(plan.operations.length, "operation")}, ${many(plan.faults.length, "fault")}`;
  const seconds = (virtualMs / 1_000).toFixed(1);
  return `${plan.scenario}, seed ${plan.seed}: ${did}; ${many(events, "event")}, ${seconds} virtual seconds`;
}

function passed(played: Played): string {
  const lines = [
    headOf(played),
    `  did: ${listed(Object.entries(played.counts))}`,
    `  bit: ${listed(played.bites)}`,
  ];
  if (played.idleKinds.length > 0) lines.push(`  never bit: ${played.idleKinds.join(", ")}`);
  return `${lines.join("\n")}\npassed\n`;
}

async function failed(run: OneRun, played: Played): Promise<string> {
  const { error } = played.failure!;
  const again = await play(run, {});
  const isSame = again.traceHash === played.traceHash;
  const lines = transcript(played.records, {
    linesMax: linesShownMax,
    ...describing(run.scenario),
  });
  const id = failureId(played.failure!);
  const isKept = played.histories.length > 0 && run.history === undefined;
  // A broken promise says all; of any other error, its place is what one looks for.
  const reason = error instanceof Error && error.name !== "ViolationError" ? error.stack : error;
  return [
    ...lines,
    "",
    headOf(played),
    `FAILED (${id}): ${reason instanceof Error ? reason.message : reason}`,
    isSame
      ? "played twice, alike"
      : "played twice, and the two differ: something in it is no function of the seed",
    `  again: ${run.again}`,
    ...(isKept ? [`  histories: ${run.again} --history FOLDER`] : []),
    "",
  ].join("\n");
}

async function makeSmaller(scenario: Scenario, played: Played): Promise<Played> {
  const progress = new Progress("shrinking");
  let runs = 0;
  const smallest = await shrink({
    failed: played,
    runsMax: shrinkRunsMax,
    play: (plan, eventsMax) => {
      runs += 1;
      progress.show(runs, shrinkRunsMax);
      return playPlan(scenario, plan, { eventsMax });
    },
  });
  progress.clear();
  return playPlan(scenario, smallest.plan, { keepsTrace: true });
}

function smaller(played: Played, small: Played, file: string): string {
  const from = count(played.events);
  return [
    `from ${from} events down to: ${headOf(small)}`,
    `  the smaller plan is in ${file}`,
    `  again: npx holdfast sim --plan ${file}`,
    "",
  ].join("\n");
}

function pageOf({ scenario, again }: OneRun, played: Played): string {
  const { failure, records, traceHash } = played;
  return diagramPage({
    title: `${scenario.name}, seed ${played.seed}`,
    records,
    ...describing(scenario),
    summary: [
      failure === null ? "passed" : `failed: ${failureId(failure)}`,
      again,
      `trace hash ${traceHash}`,
    ],
  });
}

function describing({ describeMessage }: Scenario): Pick<Scenario, "describeMessage"> {
  return describeMessage === undefined ? {} : { describeMessage };
}

async function writeHistories(folder: string, { histories }: Played): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new HoldfastError("io", `can't write ${folder}`, { cause });
  }
  if (histories.length === 0) process.stdout.write("it keeps no histories\n");
  for (const { file, judge, text } of histories) {
    const path = join(folder, file);
    await write(path, text());
    process.stdout.write(`a history is in ${path}\n  judge: npx holdfast check ${judge} ${path}\n`);
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new HoldfastError("io", `can't write ${file}`, { cause });
  }
}
