// Members that change while there is trouble. More seeds with HOLDFAST_MEMBERS_SEEDS=1000;
// one of them again with HOLDFAST_SEED=17.

import { simulate } from "@holdfast/sim";
import { expect, test } from "vitest";
import { MembersCluster } from "./members_cluster.ts";

const seeds = Number(process.env.HOLDFAST_MEMBERS_SEEDS ?? 8);

test("S1 S3 S4 MB1 MB2 MB3 OF2, members that change under faults", {
  timeout: 3_600_000,
}, async () => {
  const sums = new Map<string, number>();
  await simulate({ seeds }, async (simulation) => {
    const cluster = new MembersCluster(simulation);
    await cluster.run();
    cluster.judge();
    for (const [name, count] of Object.entries(cluster.counts))
      sums.set(name, (sums.get(name) ?? 0) + count);
  });
  if (process.env.HOLDFAST_MEMBERS_SEEDS !== undefined) console.log(sums);
  if (process.env.HOLDFAST_SEED !== undefined) return;
  // A run in which nothing happens proves nothing.
  for (const [name, sum] of sums) expect(sum, name).toBeGreaterThan(0);
});
