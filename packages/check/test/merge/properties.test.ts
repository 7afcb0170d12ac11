// Replicas that merge as they should are always accepted.

import { judgeMerge, mergePromises } from "@holdfast/check";
import { SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import { runReplicas } from "./replicas.ts";

test("replicas that merge as they should keep all promises", () => {
  const judged = new Set<string>();
  for (let seed = 0; seed < 300; seed += 1) {
    const plan = { replicas: 2 + (seed % 4), steps: 20 + (seed % 7) * 20 };
    const { records } = runReplicas(new SeededRandom(seed), plan);
    const { faults, promises } = judgeMerge(records);
    expect(faults, `seed ${seed}`).toEqual([]);
    for (const promise of mergePromises) if (promises[promise] === "ok") judged.add(promise);
  }
  expect([...judged].sort()).toEqual([...mergePromises].sort());
});
