// The feed and the past of a cluster under faults. More seeds with HOLDFAST_FEED_SEEDS=1000;
// one of them again with HOLDFAST_SEED=17.

import { simulate } from "@holdfast/sim";
import { expect, test } from "vitest";
import { FeedCluster } from "./feed_cluster.ts";

const seeds = Number(process.env.HOLDFAST_FEED_SEEDS ?? 2);

const much = 1_000_000;
const settings = [
  ["all", { a: much, b: much, c: much }],
  ["little", { a: 1_500, b: 1_500, c: 1_500 }],
  ["none under one of its nodes", { a: null, b: much, c: much }],
] as const;
let snapshots = 0;

for (const [index, [keeps, keepBytes]] of settings.entries()) {
  test(`ST18, ST19, ST26: whichever nodes tell it, the feed of a cluster that keeps ${keeps} has no gap`, {
    timeout: 3_600_000,
  }, async () => {
    const sums = {
      ...{ pages: 0, told: 0, pasts: 0, trimmed: 0, snapshots: 0, leaders: 0, failed: 0 },
    };
    await simulate({ seeds, firstSeed: 1 + index * seeds }, async (simulation) => {
      const cluster = new FeedCluster(simulation, keepBytes);
      await cluster.run();
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) {
        sums[name] += cluster.counts[name];
      }
    });
    snapshots += sums.snapshots;
    if (process.env.HOLDFAST_FEED_SEEDS !== undefined) console.log(keeps, sums);
    if (process.env.HOLDFAST_SEED !== undefined) return;
    expect(sums.told).toBeGreaterThan(seeds * 20);
    expect(sums.pasts).toBeGreaterThan(seeds * 5);
    expect(sums.leaders).toBeGreaterThan(seeds);
    if (keeps === "all") expect(sums.trimmed).toBe(0);
    else expect(sums.trimmed).toBeGreaterThan(0);
  });
}

test.skipIf(process.env.HOLDFAST_SEED !== undefined)("some of them got a snapshot", () => {
  expect(snapshots).toBeGreaterThan(0);
});
