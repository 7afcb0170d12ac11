// The store scenario on a few seeds that are always the same, and seeds that broke once.

import { playPlan, playSeed } from "@holdfast/sim";
import { describe, expect, test } from "vitest";
import { storeScenario } from "../../src/index.ts";
import { storeSettingOf } from "../../src/store/store_plan.ts";

const first = Array.from({ length: 40 }, (_, seed) => seed);

describe("the store scenario", () => {
  test("keeps its promises on the first seeds, detection seeds among them", async () => {
    const counts = { committed: 0, found: 0, detected: 0 };
    const bites = new Set<string>();
    for (const seed of first) {
      const played = await playSeed(storeScenario, seed);
      expect(played.failure, `seed ${seed}`).toBeNull();
      for (const name of Object.keys(counts) as (keyof typeof counts)[]) {
        counts[name] += played.counts[name] ?? 0;
      }
      for (const kind of played.bites.keys()) bites.add(kind);
    }
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
    expect([...bites].sort()).toEqual([
      "bit_rot",
      "clock_drift",
      "clock_jump",
      "disk_full",
      "kill",
      "lying_sync",
      "misdirected_write",
      "pause",
      "power_loss",
      "read_error",
      "slow_disk",
      "sync_error",
      "write_error",
    ]);
  });

  test("happens in the same way each time", async () => {
    const seed = 2;
    const [one, other] = [await playSeed(storeScenario, seed), await playSeed(storeScenario, seed)];
    expect(one.traceHash).toBe(other.traceHash);
  });

  test("any part of a plan is a plan", async () => {
    const plan = storeScenario.draw(3);
    const odd = <T>(items: readonly T[]): readonly T[] =>
      items.filter((_, index) => index % 2 === 1);
    for (const part of [
      { ...plan, operations: odd(plan.operations), faults: odd(plan.faults) },
      { ...plan, operations: [] },
      { ...plan, faults: [] },
    ]) {
      expect((await playPlan(storeScenario, part)).failure).toBeNull();
    }
  });

  test("judges apart what came before an end that a disk lost", async () => {
    const played = await playSeed(storeScenario, 173);
    expect(played.failure).toBeNull();
    expect(played.counts.lost).toBeGreaterThan(0);
  });

  test("reaches a log that is written anew", async () => {
    const seed = 166;
    expect(storeSettingOf(seed).isBig).toBe(true);
    const played = await playSeed(storeScenario, seed, { keepsTrace: true });
    expect(played.failure).toBeNull();
    const renames = played.records.filter(
      ({ happening }) => happening.type === "disk" && happening.operation === "rename",
    );
    expect(renames.length).toBeGreaterThan(0);
  });
});
