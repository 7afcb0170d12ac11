// The numbers behind the plots, against counting by hand.

import { activityOf, type History, type Outcome } from "@holdfast/check";
import fc from "fast-check";
import { expect, test } from "vitest";
import { kindsMax, pointsMax, spansMax } from "../../src/explain/activity.ts";

const histories = fc
  .array(
    fc.record({
      kind: fc.nat(11),
      outcome: fc.constantFrom<Outcome>("ok", "fail", "info"),
      at: fc.nat(1_000),
      latency: fc.nat(50),
    }),
    { minLength: 2, maxLength: 400 },
  )
  .map((calls): History => {
    return calls
      .sort((a, b) => a.at - b.at)
      .map(({ kind, outcome, at, latency }) => ({
        ...{ process: "ann", input: { f: `f${kind}` }, outcome, output: undefined },
        invokedAt: at,
        completedAt: outcome === "info" ? Infinity : at + latency,
      }));
  });

test("spans count all, quantiles are ranks, and the slowest of each is a point", () => {
  fc.assert(
    fc.property(histories, (history) => {
      const activity = activityOf(history);
      if (activity === null) return;
      const { from, until, spans, points, latency, kinds } = activity;
      const ends = history.map(({ invokedAt, completedAt }) =>
        Number.isFinite(completedAt) ? completedAt : invokedAt,
      );
      expect(from).toBe(Math.min(...history.map(({ invokedAt }) => invokedAt)));
      expect(until).toBe(Math.max(...ends));
      expect(spans.length).toBeLessThanOrEqual(spansMax);
      for (const outcome of ["ok", "fail", "info"] as const) {
        const counted = spans.reduce((sum, { counts }) => sum + counts[outcome], 0);
        expect(counted).toBe(history.filter((each) => each.outcome === outcome).length);
      }
      const took = history
        .filter(({ outcome }) => outcome === "ok")
        .map(({ invokedAt, completedAt }) => completedAt - invokedAt)
        .sort((a, b) => a - b);
      const rank = (share: number) => took[Math.max(0, Math.ceil(share * took.length) - 1)];
      expect(latency).toEqual(
        took.length === 0
          ? null
          : { median: rank(0.5), p95: rank(0.95), p99: rank(0.99), max: took.at(-1) },
      );
      expect(kinds.length).toBeLessThanOrEqual(kindsMax);
      for (const { kind } of points) expect(kinds[kind]).toBeDefined();
      // All of so few are points.
      expect(points.length).toBe(history.filter(({ outcome }) => outcome !== "info").length);
    }),
  );
});

test("of a long history few are points, and the slowest is one of them", () => {
  const length = 50_000;
  const history: History = Array.from({ length }, (_, at) => ({
    ...{ process: "ann", input: { f: "read" }, outcome: "ok" as const, output: 1 },
    ...{ invokedAt: at, completedAt: at + (at === 31_417 ? 999 : 1 + (at % 7)) },
  }));
  const { points, spans } = activityOf(history)!;
  expect(points.length).toBeLessThanOrEqual(pointsMax);
  expect(points.length).toBeGreaterThan(pointsMax * 0.9);
  expect(points).toContainEqual({ at: 31_417, latency: 999, kind: 0, outcome: "ok" });
  expect(spans).toHaveLength(spansMax);
  expect(spans.filter(({ latency }) => latency?.max === 999)).toHaveLength(1);
});

test("without times there is nothing to plot", () => {
  expect(activityOf([])).toBe(null);
  const one = { process: "a", input: 1, outcome: "ok" as const, output: undefined };
  expect(activityOf([{ ...one, invokedAt: -Infinity, completedAt: 3 }])).toBe(null);
  expect(activityOf([{ ...one, invokedAt: 3, completedAt: 3 }])).toBe(null);
});
