// What came of many seeds, in words and columns.

import {
  type CoverageSum,
  idleSeedsMin,
  type SeedReport,
  type Tally,
} from "@holdfast/scenarios/node";
import { count, listed, many } from "./numbers.ts";

/** How the whole went. */
export interface Whole {
  readonly tallies: readonly Tally[];
  readonly coverage: CoverageSum;
  readonly workers: number;
  /** On the wall. */
  readonly elapsedMs: number;
}

/** The command that plays a seed again. */
export function againCommand(report: { readonly scenario: string; readonly seed: number }): string {
  return `npx holdfast sim --scenario ${report.scenario} --seed ${report.seed}`;
}

/** A seed that failed, as it is told at once. */
export function failureLines(report: SeedReport): string {
  const { id, sentence } = report.failure!;
  const reason = sentence.startsWith(`${id}:`) ? sentence : `${id}: ${sentence}`;
  const head = `FAILED ${report.scenario}, seed ${report.seed}: ${reason}`;
  return `${head}\n  again: ${againCommand(report)}\n`;
}

/** Kinds of faults that had every chance to make a difference and made none. */
export function idleKinds(tally: Tally): readonly string[] {
  return tally.seeds < idleSeedsMin ? [] : tally.idleKinds;
}

/** The summary that the command ends with. */
export function summary(whole: Whole): string {
  const { tallies, coverage, workers, elapsedMs } = whole;
  const lines = tallies.flatMap(scenarioLines);
  const reached = coverage.packages.map(
    ([name, ran, of]) => `${name} ${Math.round((ran / of) * 100)} % of ${count(of)}`,
  );
  if (reached.length > 0) lines.push(`functions reached: ${reached.join(", ")}`);
  const sum = (of: (tally: Tally) => number): number =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  const busySeconds = Math.max(sum((tally) => tally.elapsedMs) / 1_000, 0.001);
  const events = Math.round(sum((tally) => tally.events) / busySeconds);
  const virtual = Math.round(sum((tally) => tally.virtualMs) / 1_000 / busySeconds);
  const speeds = `${count(events)} events/s and ${count(virtual)} virtual s/s in each`;
  lines.push(
    `${many(workers, "worker")}, ${speeds}; ${(elapsedMs / 1_000).toFixed(1)} s in all`,
    "",
  );
  return lines.join("\n");
}

function scenarioLines(tally: Tally): string[] {
  const { scenario, seeds, failed, events, virtualMs, counts, kinds } = tally;
  const verdict = failed.length === 0 ? "passed" : `played, ${count(failed.length)} FAILED`;
  const virtualSeconds = many(Math.round(virtualMs / 1_000), "virtual second");
  const lines = [
    `${scenario}: ${many(seeds, "seed")} ${verdict}; ${many(events, "event")}, ${virtualSeconds}`,
    `  did: ${listed(counts)}`,
  ];
  if (kinds.length > 0) lines.push(`  ${row("fault", "bit", "on seeds")}`);
  for (const [kind, { bites, seeds: on }] of kinds) {
    lines.push(`  ${row(kind, count(bites), bites === 0 ? "never" : count(on))}`);
  }
  const idle = idleKinds(tally);
  if (idle.length > 0) {
    lines.push(`  FAILED: over ${many(seeds, "seed")} these never bit: ${idle.join(", ")}`);
  }
  lines.push("");
  return lines;
}

function row(name: string, bites: string, seeds: string): string {
  return `${name.padEnd(18)}${bites.padStart(9)}${seeds.padStart(10)}`;
}
