// A cluster of real processes, tortured for ten minutes, or HOLDFAST_TORTURE_MINUTES.

import { expect, test } from "vitest";
import { tortureCluster } from "../torture/cluster_torture.ts";

const minutes = Number(process.env.HOLDFAST_TORTURE_MINUTES ?? 10);
const seed = Number(process.env.HOLDFAST_TORTURE_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`a cluster is linearizable for ${minutes} minutes (HOLDFAST_TORTURE_SEED=${seed})`, {
  timeout: minutes * 60_000 + 600_000,
}, async () => {
  const said = await tortureCluster({
    seed,
    rounds: Number.POSITIVE_INFINITY,
    msMax: minutes * 60_000,
  });
  expect(said).toContain("wipe");
  console.log(`torture of a cluster: ${said}`);
});
