// How a timeline is laid out: moments, points of an order, lanes, and what is in view.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lanesOf } from "../../src/report/page/lanes.ts";
import { pointsOf } from "../../src/report/page/points.ts";
import { Scale } from "../../src/report/page/scale.ts";
import { Stretch } from "../../src/report/page/stretch.ts";
import type { PageOperation } from "../../src/report/page_data.ts";

const operation = (
  place: number,
  process: string,
  [from, until]: readonly [number | null, number | null],
): PageOperation => ({
  ...{ place, process, from, until, outcome: "ok", label: "x", input: "x", output: null },
});

const moments = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 30 });
const spacing = fc.constantFrom("order" as const, "time" as const);

describe("a scale", () => {
  test("SC1: a later moment is further right, and by order at least a unit", () => {
    fc.assert(
      fc.property(moments, fc.array(fc.nat(10)), spacing, (times, picks, spaced) => {
        const points = picks.map((pick) => times[pick % times.length]!).sort((a, b) => a - b);
        const scale = new Scale(times, points, spaced);
        const distinct = [...new Set(times)].sort((a, b) => a - b);
        expect(scale.moments).toEqual(distinct);
        const units = distinct.map((at) => scale.unitOf(at));
        expect(units[0]).toBe(0);
        for (const [index, unit] of units.entries()) {
          const before = units[index - 1];
          if (before === undefined) continue;
          expect(unit).toBeGreaterThan(before);
          if (spaced === "order") expect(unit - before).toBeGreaterThan(1 - 1e-9);
          const middle = scale.unitOf((distinct[index - 1]! + distinct[index]!) / 2);
          expect(middle).toBeGreaterThanOrEqual(before);
          expect(middle).toBeLessThanOrEqual(unit);
        }
        expect(scale.length).toBeGreaterThanOrEqual(units.at(-1)! + 1);
      }),
    );
  });

  test("SC1: by time, distances are those of time", () => {
    const scale = new Scale([0, 1, 10], [], "time");
    expect([0, 1, 5, 10].map((at) => scale.unitOf(at))).toEqual([0, 0.2, 1, 2]);
  });

  test("SC2: points lie between the moment that they follow and the next, in their order", () => {
    fc.assert(
      fc.property(
        moments,
        fc.array(fc.nat(10), { minLength: 1 }),
        spacing,
        (times, picks, spaced) => {
          const points = picks.map((pick) => times[pick % times.length]!).sort((a, b) => a - b);
          const scale = new Scale(times, points, spaced);
          let last = Number.NEGATIVE_INFINITY;
          for (const [index, at] of points.entries()) {
            const unit = scale.pointOf(at, index - points.indexOf(at));
            expect(unit).toBeGreaterThan(Math.max(last, scale.unitOf(at)));
            const next = scale.moments.find((moment) => moment > at);
            expect(unit).toBeLessThan(next === undefined ? scale.length : scale.unitOf(next));
            last = unit;
          }
        },
      ),
    );
  });

  test("marks are moments, far enough apart, and only what is in view", () => {
    const scale = new Scale([5, 6, 8, 13, 21], [], "order");
    expect(scale.ticks(0, 5, 2).map(({ at }) => at)).toEqual([5, 8, 21]);
    expect(scale.ticks(1, 3, 0).map(({ at }) => at)).toEqual([6, 8, 13]);
  });
});

test("points come after calls and before answers, for every order that real time allows", () => {
  const bars = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 10 })), { minLength: 1 });
  fc.assert(
    fc.property(bars, (drawn) => {
      // By the moments at which each takes effect, halfway along its bar, the order is allowed.
      const order = drawn
        .map(([from, length], place) => operation(place, "p", [2 * from, 2 * (from + length)]))
        .sort((a, b) => a.from! + a.until! - b.from! - b.until!);
      const points = pointsOf(order, 0);
      for (const [index, { place, after }] of points.entries()) {
        const { from, until } = order[index]!;
        expect(place).toBe(order[index]!.place);
        expect(after).toBeGreaterThanOrEqual(from!);
        expect(after).toBeLessThan(until!);
        const before = points[index - 1];
        if (before === undefined) continue;
        expect(after).toBeGreaterThanOrEqual(before.after);
        if (after === before.after) expect(points[index]!.index).toBe(before.index + 1);
      }
    }),
  );
});

test("what was asked for nobody knows when takes effect after what came before it", () => {
  const order = [operation(0, "a", [4, 6]), operation(1, "b", [null, 9])];
  expect(pointsOf(order, 2)).toEqual([
    { place: 0, after: 4, index: 0 },
    { place: 1, after: 4, index: 1 },
  ]);
  expect(pointsOf(order.slice(1), 2)).toEqual([{ place: 1, after: 2, index: 0 }]);
});

describe("lanes", () => {
  const operations = [
    operation(0, "p10", [0, 1]),
    operation(1, "p9", [2, null]),
    operation(2, "p9", [5, null]),
    operation(3, "b", [null, 3]),
  ];

  test("are counted as people count, and bars without an end reach to what came next", () => {
    const { names, bars } = lanesOf(operations, () => false);
    expect(names).toEqual(["b", "p9", "p10"]);
    expect(bars.map(({ operation: { place }, lane, nextFrom }) => [place, lane, nextFrom])).toEqual(
      [
        [0, 2, null],
        [1, 1, 5],
        [3, 0, null],
        [2, 1, null],
      ],
    );
  });

  test("of what began nobody knows when: it starts behind what its process did before", () => {
    const { bars } = lanesOf(
      [operation(0, "a", [null, 4]), operation(1, "b", [null, 6]), operation(2, "a", [null, 9])],
      () => false,
    );
    expect(bars.map(({ operation: { place }, lastUntil }) => [place, lastUntil])).toEqual([
      [0, null],
      [1, null],
      [2, 4],
    ]);
  });

  test("of what matters come first", () => {
    expect(lanesOf(operations, ({ place }) => place === 0).names).toEqual(["p10", "b", "p9"]);
  });
});

describe("the stretch in view", () => {
  const acts = fc.array(
    fc.oneof(
      fc.record({ act: fc.constant("zoom" as const), by: fc.constantFrom(0.2, 0.9, 1.5, 40) }),
      fc.record({ act: fc.constant("move" as const), by: fc.integer({ min: -30, max: 30 }) }),
      fc.record({ act: fc.constant("reveal" as const), by: fc.nat(20) }),
      fc.record({ act: fc.constant("all" as const), by: fc.constant(0) }),
    ),
  );

  test("never leaves the timeline, and is never turned round", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), acts, (length, done) => {
        const stretch = new Stretch(length);
        const whole = stretch.until - stretch.from;
        for (const { act, by } of done) {
          if (act === "zoom") stretch.zoom(by);
          else if (act === "move") stretch.move(by);
          else if (act === "reveal") stretch.reveal(by, by + 1);
          else stretch.showAll();
          expect(stretch.until).toBeGreaterThan(stretch.from);
          expect(stretch.from).toBeGreaterThan(-0.5);
          expect(stretch.until).toBeLessThan(length + 0.5);
          expect(stretch.until - stretch.from).toBeLessThanOrEqual(whole + 1e-9);
        }
      }),
    );
  });

  test("zooms around a place, and shows a place with as little movement as possible", () => {
    const stretch = new Stretch(100);
    stretch.zoom(4, 45);
    const share = (45 - stretch.from) / (stretch.until - stretch.from);
    stretch.zoom(2, 45);
    expect((45 - stretch.from) / (stretch.until - stretch.from)).toBeCloseTo(share);
    expect(share).toBeCloseTo(0.45);
    const { from, until } = stretch;
    stretch.reveal(45, 46);
    expect([stretch.from, stretch.until]).toEqual([from, until]);
    stretch.reveal(90, 91);
    expect(stretch.until).toBeCloseTo(91.4);
    stretch.reveal(3, 4);
    expect(stretch.from).toBeCloseTo(2.6);
  });
});
