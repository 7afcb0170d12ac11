// A cluster of three real processes under all that is done to it once; see
// cluster_torture.ts, and long/cluster_torture.test.ts for ten minutes of it.

import { expect, test } from "vitest";
import { tortureCluster } from "./cluster_torture.ts";

const rounds = Number(process.env.HOLDFAST_TORTURE_ROUNDS ?? 1);
const seed = Number(process.env.HOLDFAST_TORTURE_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`a cluster is linearizable over kills, pauses and cut wires (HOLDFAST_TORTURE_SEED=${seed})`, {
  timeout: 120_000 + rounds * 120_000,
}, async () => {
  const said = await tortureCluster({ seed, rounds, msMax: Number.POSITIVE_INFINITY });
  expect(said).toContain("wipe");
  console.log(`torture of a cluster: ${said}`);
});
