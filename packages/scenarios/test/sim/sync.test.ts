// The sync scenario on a few seeds that are always the same, and seeds that broke once.

import { playPlan, playSeed } from "@holdfast/sim";
import { describe, expect, test, vi } from "vitest";
import { syncScenario } from "../../src/index.ts";

// One that is cut short would hold up all that come after it in this process.
vi.setConfig({ testTimeout: 300_000 });

const first = Array.from({ length: 25 }, (_, index) => index + 1);

describe("the sync scenario", () => {
  test("keeps its promises on the first seeds, on which every kind of fault bites", async () => {
    const counts: Record<string, number> = {};
    const drawn = new Set<string>();
    const bites = new Set<string>();
    for (const seed of first) {
      const played = await playSeed(syncScenario, seed);
      expect(played.failure?.error, `seed ${seed}`).toBeUndefined();
      for (const [name, count] of Object.entries(played.counts)) {
        counts[name] = (counts[name] ?? 0) + count;
      }
      for (const { kind } of played.plan.faults) drawn.add(kind);
      for (const kind of played.bites.keys()) bites.add(kind);
    }
    expect(Object.keys(counts).sort()).toEqual([
      "compared",
      "local",
      "restarts",
      "saved",
      "written",
    ]);
    expect(counts.saved).toBeGreaterThan(20 * first.length);
    expect(drawn.size).toBe(18);
    expect([...drawn].filter((kind) => !bites.has(kind))).toEqual([]);
  });

  test("happens in the same way each time, also after other seeds", async () => {
    const one = await playSeed(syncScenario, 5);
    await playSeed(syncScenario, 6);
    const other = await playSeed(syncScenario, 5);
    expect(other.traceHash).toBe(one.traceHash);
    expect(other.events).toBe(one.events);
  });

  test("any part of a plan is a plan", async () => {
    const plan = syncScenario.draw(3);
    const odd = <T>(items: readonly T[]): readonly T[] =>
      items.filter((_, index) => index % 2 === 1);
    for (const part of [
      { ...plan, operations: odd(plan.operations), faults: odd(plan.faults) },
      { ...plan, operations: [] },
      { ...plan, faults: [] },
    ]) {
      expect((await playPlan(syncScenario, part)).failure?.error).toBeUndefined();
    }
  });
});

// Each says what broke on it. A change of how plans are drawn changes what happens on a
// seed, so these hold the cause no more than others do: that has a test of its own.
test.each([
  [227, "a log that was opened after a failed sync lost records below synced ones (RecordLog L5)"],
  [1_056, "a store that could not be reached for now was taken for a refusal"],
  [65, "a log that had stopped told whoever read it that it was closed"],
])("seed %i, on which %s", async (seed) => {
  expect((await playSeed(syncScenario, seed)).failure?.error).toBeUndefined();
});
