// Many runs under chance, judged after each step. A failure names its seed; to play
// one again: HOLDFAST_RAFT_SEED=17 npx vitest run packages/consensus/test/random.test.ts

import { describe, expect, test } from "vitest";
import { RandomCluster, type Trouble } from "./random_cluster.ts";

const only = process.env.HOLDFAST_RAFT_SEED;
const first = only === undefined ? 1 : Number(only);
const count = only === undefined ? Number(process.env.HOLDFAST_RAFT_SEEDS ?? 500) : 1;

const stretches: readonly (readonly [Trouble, boolean, number])[] = [
  ["any", false, count],
  ["any", true, count],
  ["elections", false, Math.ceil(count / 5)],
  ["members", false, Math.ceil(count / 5)],
];

describe.each(stretches)("S1 S2 S3 S4 S5 S6, %s, with leases: %s", (trouble, hasLeases, seeds) => {
  test(`seeds ${first} to ${first + seeds - 1}`, () => {
    const sums = { leaders: 0, applied: 0, reads: 0, restarts: 0, restores: 0, memberships: 0 };
    for (let seed = first; seed < first + seeds; seed += 1) {
      const cluster = new RandomCluster({ seed, steps: 1_500, hasLeases, trouble });
      try {
        cluster.run();
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) {
        sums[name] += cluster.judge.counts[name];
      }
    }
    // A run in which nothing happens proves nothing.
    for (const [name, sum] of Object.entries(sums)) {
      if (trouble === "any") expect(sum, name).toBeGreaterThan(seeds / 20);
    }
    expect(sums.leaders).toBeGreaterThan(seeds);
  });
});
