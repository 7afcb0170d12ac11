// Replicas in simulated worlds, with faults. More seeds with HOLDFAST_REPLICA_SEEDS=1000;
// one of them again with HOLDFAST_SEED=17.

import { simulate } from "@holdfast/sim";
import { expect, test } from "vitest";
import { ReplicaCluster } from "./replica_cluster.ts";

const seeds = Number(process.env.HOLDFAST_REPLICA_SEEDS ?? 20);

const usual = ["acknowledged", "refused", "reads", "restores", "calls", "stops"] as const;

async function play(size: number, damaged: number, count: number) {
  const sums: Partial<Record<string, number>> = {};
  await simulate({ seeds: count }, async (simulation) => {
    const cluster = new ReplicaCluster(simulation, size, damaged);
    await cluster.run();
    cluster.judge();
    for (const [name, sum] of Object.entries(cluster.counts)) sums[name] = (sums[name] ?? 0) + sum;
  });
  if (process.env.HOLDFAST_REPLICA_SEEDS !== undefined) console.log(size, damaged, sums);
  return sums;
}

function requireSome(sums: Partial<Record<string, number>>, names: readonly string[]): void {
  if (process.env.HOLDFAST_SEED !== undefined) return;
  // A run in which nothing happens proves nothing.
  for (const name of names) expect(sums[name], name).toBeGreaterThan(0);
}

test.each([3, 5])("S1 S3 S4 S5, %i replicas under faults", { timeout: 3_600_000 }, async (size) => {
  requireSome(await play(size, 0, size === 3 ? seeds : Math.ceil(seeds / 3)), usual);
});

test("S1 S3 S4 S5 DK1, 3 replicas, one of which has a disk that is damaged", {
  timeout: 3_600_000,
}, async () => {
  requireSome(await play(3, 1, seeds), [...usual, "doubts", "healed", "gone"]);
});
