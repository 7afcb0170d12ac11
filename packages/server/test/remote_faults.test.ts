// Clients of one server, and of a cluster, under faults. More seeds with
// HOLDFAST_REMOTE_SEEDS=1000; one of them again with HOLDFAST_SEED=17.

import { simulate } from "@holdfast/sim";
import { expect, test } from "vitest";
import { RemoteCluster } from "./remote_cluster.ts";

const seeds = Number(process.env.HOLDFAST_REMOTE_SEEDS ?? 8);

test.each([1, 3])(
  "ST4 ST7 ST8 ST9 ST18 ST22 ST26, clients of %i servers under faults",
  { timeout: 3_600_000 },
  async (servers) => {
    const sums = {
      ...{ acknowledged: 0, runs: 0, reads: 0, old: 0, signals: 0, told: 0 },
      ...{ failed: 0, unknown: 0 },
    };
    await simulate({ seeds }, async (simulation) => {
      const cluster = new RemoteCluster(simulation, servers);
      await cluster.run();
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) {
        sums[name] += cluster.counts[name];
      }
    });
    if (process.env.HOLDFAST_REMOTE_SEEDS !== undefined) console.log(servers, sums);
    if (process.env.HOLDFAST_SEED !== undefined) return;
    // A run in which nothing happens proves nothing.
    expect(sums.acknowledged).toBeGreaterThan(seeds * 10);
    expect(sums.runs).toBeGreaterThan(sums.acknowledged);
    // To each page, but for what came when it had ended.
    expect(sums.told).toBeGreaterThan(sums.acknowledged);
    expect(sums.old > 0).toBe(servers > 1);
  },
);
