// Replicas that merge as they should are always accepted, and what was damaged is judged
// as by a judge that tries everything.

import {
  judgeMerge,
  type MergeEventRecord,
  type MergePromise,
  type MergeRecord,
  mergePromises,
} from "@holdfast/check";
import { SeededRandom } from "@holdfast/std";
import { expect, test } from "vitest";
import { anyLists, damage } from "./damage.ts";
import { naivelyBroken } from "./naive.ts";
import { runReplicas } from "./replicas.ts";

test("replicas that merge as they should keep all promises", () => {
  const judged = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) {
    const plan = { replicas: 2 + (seed % 4), steps: 20 + (seed % 7) * 20 };
    const { records } = runReplicas(new SeededRandom(seed), plan);
    const { faults, promises } = judgeMerge(records);
    expect(faults, `seed ${seed}`).toEqual([]);
    for (const promise of mergePromises) if (promises[promise] === "ok") judged.add(promise);
  }
  expect([...judged].sort()).toEqual([...mergePromises].sort());
});

const known = mergePromises.filter(
  (promise) => !["identity", "placement", "no-interleaving"].includes(promise),
);

function undescribed({ type, replica, id, parents = [] }: MergeEventRecord): MergeRecord {
  return { type, replica, id, parents };
}

function brokenBy(records: readonly MergeRecord[]): MergePromise[] {
  const { promises } = judgeMerge(records);
  return known.filter((promise) => promises[promise] === "violation");
}

test("damaged logs are judged as the slow judge does", () => {
  const seen = new Set<MergePromise>();
  for (let seed = 0; seed < 2000; seed += 1) {
    const random = new SeededRandom(seed);
    const { records } = runReplicas(random, { replicas: 2, steps: 4 + (seed % 30) });
    // What must be in a tree is told by rules of its own: here its events say nothing.
    let log = records.map((record) =>
      record.type === "event" && record.object === "tree" ? undescribed(record) : record,
    );
    for (let times = seed % 4; times > 0; times -= 1) log = damage(random, log);
    const naive = naivelyBroken(log);
    expect(brokenBy(log), `seed ${seed}`).toEqual(known.filter((promise) => naive.has(promise)));
    for (const promise of naive) seen.add(promise);
  }
  expect(known.filter((promise) => !seen.has(promise))).toEqual([]);
});

test("lists of anything fit in one order exactly where the slow judge finds one", () => {
  const seen = { neither: 0, weakOnly: 0, both: 0 };
  for (let seed = 0; seed < 2000; seed += 1) {
    const log = anyLists(new SeededRandom(seed));
    const naive = naivelyBroken(log);
    expect(brokenBy(log), `seed ${seed}`).toEqual(known.filter((promise) => naive.has(promise)));
    if (naive.has("weak-list")) seen.neither += 1;
    else if (naive.has("strong-list")) seen.weakOnly += 1;
    else seen.both += 1;
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(10);
});
