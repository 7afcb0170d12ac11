// The sum of many seeds.

import { expect, test } from "vitest";
import type { SeedReport } from "../../src/campaign/seed_report.ts";
import { Tally } from "../../src/campaign/tally.ts";

const report = (seed: number, changed: Partial<SeedReport>): SeedReport => ({
  scenario: "toy",
  seed,
  failure: null,
  events: 10,
  virtualMs: 1_000,
  elapsedMs: 5,
  drawn: [],
  bites: [],
  counts: {},
  ...changed,
});

test("sums events, times, counts and bites, and keeps what failed", () => {
  const tally = new Tally("toy");
  const failed = report(2, { failure: { id: "S1", sentence: "S1: lost" }, counts: { saved: 1 } });
  tally.add(report(1, { drawn: ["kill", "pause"], bites: [["kill", 2]], counts: { saved: 3 } }));
  tally.add(failed);
  tally.add(report(3, { drawn: ["kill"], bites: [["kill", 1]] }));
  expect([tally.seeds, tally.events, tally.virtualMs, tally.elapsedMs]).toEqual([3, 30, 3_000, 15]);
  expect(tally.failed).toEqual([failed]);
  expect([...tally.counts]).toEqual([["saved", 4]]);
  expect(tally.kinds).toEqual([
    ["kill", { bites: 3, seeds: 2 }],
    ["pause", { bites: 0, seeds: 0 }],
  ]);
  expect(tally.idleKinds).toEqual(["pause"]);
});
