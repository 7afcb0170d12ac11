// Processes that play seeds side by side, and one that does not come back.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { playSeed } from "@holdfast/sim";
import { expect, test } from "vitest";
import { storeScenario } from "../../src/index.ts";
import { playSeeds, type SeedReport } from "../../src/node/index.ts";

const program = fileURLToPath(new URL("../children/worker.ts", import.meta.url));
const execArgv = ["--conditions=@holdfast/source", "--import", "tsx"];

async function playAll(seeds: readonly number[], deadly: number) {
  const left = [...seeds];
  const reports: SeedReport[] = [];
  let started = 0;
  const coverage = await playSeeds({
    workers: 2,
    start: () => {
      started += 1;
      return fork(program, [String(deadly)], { execArgv });
    },
    next: () => {
      const seed = left.shift();
      return seed === undefined ? null : { scenario: "store", seed };
    },
    onReport: (report) => reports.push(report),
  });
  reports.sort((one, other) => one.seed - other.seed);
  return { reports, coverage, started };
}

test("play each seed once, as it goes in one process; know what they ran", async () => {
  const { reports, coverage, started } = await playAll([1, 2, 3, 4, 5], -1);
  expect(started).toBe(2);
  expect(reports.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5]);
  for (const { seed, events, virtualMs, counts, bites, failure } of reports) {
    const played = await playSeed(storeScenario, seed);
    expect({ events, virtualMs, counts, failure }).toEqual({
      events: played.events,
      virtualMs: played.virtualMs,
      counts: played.counts,
      failure: null,
    });
    expect(bites).toEqual([...played.bites]);
  }
  const reached = new Map(coverage.packages.map(([name, ran, of]) => [name, ran / of]));
  expect(reached.get("store")).toBeGreaterThan(0.5);
  expect(reached.get("store")).toBeLessThan(1);
});

test("a process that ends has failed its seed, and another goes on", async () => {
  const { reports, started } = await playAll([1, 2, 3, 4, 5], 2);
  expect(started).toBe(3);
  expect(reports.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5]);
  const failed = reports.filter(({ failure }) => failure !== null);
  expect(failed.map(({ seed, failure }) => [seed, failure])).toEqual([
    [2, { id: "process", sentence: "the process that played it ended with SIGKILL" }],
  ]);
});

test("a process that ends before it began ends all", async () => {
  await expect(playAll([1], 0)).rejects.toThrow("a worker ended before it began");
});
