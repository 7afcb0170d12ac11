// The cluster scenario on a few seeds that are always the same, and seeds that broke once.

import { playSeed } from "@holdfast/sim";
import { describe, expect, test, vi } from "vitest";
import { clusterScenario } from "../../src/index.ts";

// One that is cut short would hold up all that come after it in this process.
vi.setConfig({ testTimeout: 300_000 });

const first = Array.from({ length: 20 }, (_, seed) => seed);
// 52: a snapshot was sent again and again, since the log had been cut beyond it.
const broken = [52];

describe("the cluster scenario", () => {
  test("keeps its promises on the first seeds, on which every kind of fault bites, and on those that broke", async () => {
    const [drawn, bites] = [new Set<string>(), new Set<string>()];
    const counts: Record<string, number> = { agreed: 0, found: 0, restored: 0, unknown: 0 };
    for (const seed of [...first, ...broken]) {
      const played = await playSeed(clusterScenario, seed);
      expect(played.failure, `seed ${seed}`).toBeNull();
      for (const name of Object.keys(counts)) counts[name]! += played.counts[name] ?? 0;
      for (const { kind } of played.plan.faults) drawn.add(kind);
      for (const kind of played.bites.keys()) bites.add(kind);
    }
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
    expect(drawn.size).toBe(18);
    expect([...drawn].filter((kind) => !bites.has(kind))).toEqual([]);
  });

  test("happens in the same way each time", async () => {
    const [one, other] = [await playSeed(clusterScenario, 3), await playSeed(clusterScenario, 3)];
    expect(one.traceHash).toBe(other.traceHash);
  });
});
