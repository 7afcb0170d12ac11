// What must hold of the judges on all histories: stores that keep a promise are never
// accused of breaking it, and small histories are judged as trying all orders judges them.

import { type IsolationOptions, judgeLists, judgeRegisters } from "@holdfast/check";
import { SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isSerializable, type WantedOrder } from "./brute_force.ts";
import { anyLists, anyRegisters, type ListOperation, snapshotStore } from "./stores.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const sizes = fc.record({
  transactions: fc.integer({ min: 1, max: 80 }),
  processes: fc.integer({ min: 1, max: 6 }),
  keys: fc.integer({ min: 1, max: 5 }),
});

const orders: readonly (readonly [WantedOrder, IsolationOptions])[] = [
  ["any", { models: ["serializable"] }],
  ["process", { models: ["strong-session-serializable"] }],
  ["real-time", { models: ["strict-serializable"] }],
];

test("a store that does one transaction after the other is strict serializable", () => {
  fc.assert(
    fc.property(seeds, sizes, (seed, size) => {
      const history = snapshotStore(new SeededRandom(seed), size, true);
      const { anomalies, verdict, ruledOut } = judgeLists(history, { complete: true });
      expect(anomalies).toEqual([]);
      expect(ruledOut).toEqual([]);
      expect(verdict).not.toBe("violation");
    }),
    { numRuns: 300 },
  );
});

test("a store with snapshots is strong snapshot isolated, and its write skew is found", () => {
  const found = new Set<string>();
  fc.assert(
    fc.property(seeds, sizes, (seed, size) => {
      const history = snapshotStore(new SeededRandom(seed), size, false);
      const judged = judgeLists(history, { models: ["strong-snapshot-isolation"] });
      expect(judged.anomalies).toEqual([]);
      for (const { type, name } of judged.allowed) found.add(type).add(name ?? "");
    }),
    { numRuns: 300, seed: 1 },
  );
  expect(found).toContain("G2-item");
  expect(found).toContain("write skew");
});

test.each(orders)(
  "small histories of lists, in %s order, are judged as by trying all",
  (order, options) => {
    const seen = { serializable: 0, not: 0, known: 0 };
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 5 }), (seed, transactions) => {
        const history = anyLists(new SeededRandom(seed), transactions);
        const possible = isSerializable(history, order);
        const { verdict } = judgeLists(history, options);
        seen[possible ? "serializable" : "not"] += 1;
        if (possible) expect(verdict).not.toBe("violation");
        if (possible || !allRead(history)) return;
        seen.known += 1;
        expect(verdict).toBe("violation");
      }),
      { numRuns: 4000, seed: 2 },
    );
    // So that the test can't pass for want of what it is about.
    expect(Math.min(seen.serializable, seen.not, seen.known)).toBeGreaterThan(100);
  },
);

/** Whether every append that happened is in a list that was read: then its order is known. */
function allRead(history: readonly ListOperation[]): boolean {
  const ok = history.filter(({ outcome }) => outcome === "ok").flatMap(({ output }) => output!);
  return ok.every(
    ([what, key, value]) =>
      what === "r" ||
      ok.some(([other, same, list]) => {
        return other === "r" && same === key && ((list ?? []) as unknown[]).includes(value);
      }),
  );
}

test.each(orders)(
  "small histories of registers, in %s order, are never falsely accused",
  (order, options) => {
    let accused = 0;
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 5 }), (seed, transactions) => {
        const history = anyRegisters(new SeededRandom(seed), transactions);
        const possible = isSerializable(history, order);
        const assumed = {
          wfrKeys: true,
          sequentialKeys: order === "process",
          linearizableKeys: order === "real-time",
        };
        const { verdict } = judgeRegisters(history, { ...options, ...assumed, complete: true });
        if (verdict === "violation") accused += 1;
        if (possible) expect(verdict).not.toBe("violation");
      }),
      { numRuns: 4000, seed: 3 },
    );
    expect(accused).toBeGreaterThan(100);
  },
);
