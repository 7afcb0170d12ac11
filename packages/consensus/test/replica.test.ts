// Replicas in simulated worlds, with faults. More seeds with HOLDFAST_REPLICA_SEEDS=1000;
// one of them again with HOLDFAST_SEED=17.

import { simulate } from "@holdfast/sim";
import { expect, test } from "vitest";
import { ReplicaCluster } from "./replica_cluster.ts";

const seeds = Number(process.env.HOLDFAST_REPLICA_SEEDS ?? 20);

test.each([3, 5])("S1 S3 S4 S5, %i replicas under faults", { timeout: 3_600_000 }, async (size) => {
  const sums = { acknowledged: 0, refused: 0, reads: 0, restores: 0, calls: 0, stops: 0 };
  await simulate({ seeds: size === 3 ? seeds : Math.ceil(seeds / 3) }, async (simulation) => {
    const cluster = new ReplicaCluster(simulation, size);
    await cluster.run();
    cluster.judge();
    for (const name of Object.keys(sums) as (keyof typeof sums)[])
      sums[name] += cluster.counts[name];
  });
  if (process.env.HOLDFAST_REPLICA_SEEDS !== undefined) console.log(size, sums);
  if (process.env.HOLDFAST_SEED !== undefined) return;
  // A run in which nothing happens proves nothing.
  for (const [name, sum] of Object.entries(sums)) expect(sum, name).toBeGreaterThan(0);
});
