// Time on the page: order, the way back, folds, and ticks.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldPx, TimeAxis } from "../src/picture/page/time_axis.ts";

const run = fc.record({
  gapsMs: fc.array(fc.double({ min: 0, max: 5_000, noNaN: true }), { minLength: 1, maxLength: 60 }),
  pxPerMs: fc.double({ min: 0.001, max: 50, noNaN: true }),
  isFolded: fc.boolean(),
});

function axisOf(options: { gapsMs: readonly number[]; pxPerMs: number; isFolded: boolean }) {
  let atMs = 0;
  const timesMs = options.gapsMs.map((gapMs) => {
    atMs += gapMs;
    return atMs;
  });
  return { axis: new TimeAxis({ ...options, span: [0, atMs], timesMs }), timesMs, endMs: atMs };
}

describe("the time axis", () => {
  test("TA1 a later moment is never higher, and all lie on the page", () => {
    fc.assert(
      fc.property(run, (options) => {
        const { axis, timesMs } = axisOf(options);
        const heights = timesMs.map((atMs) => axis.yOf(atMs));
        for (const [index, y] of heights.entries()) {
          expect(y).toBeGreaterThanOrEqual(heights[index - 1] ?? 0);
          expect(y).toBeLessThan(axis.heightPx);
        }
      }),
    );
  });

  test("TA2 the moment at the height of a moment is that moment", () => {
    fc.assert(
      fc.property(run, fc.double({ min: 0, max: 1, noNaN: true }), (options, share) => {
        const { axis, endMs } = axisOf(options);
        const atMs = share * endMs;
        const nearMs = 1e-6 * Math.max(1, endMs);
        expect(Math.abs(axis.timeAt(axis.yOf(atMs)) - atMs)).toBeLessThan(nearMs);
      }),
    );
  });

  test("TA3 nothing happens inside of a fold, and a fold is as high as any other", () => {
    fc.assert(
      fc.property(run, (options) => {
        const { axis, timesMs } = axisOf({ ...options, isFolded: true });
        for (const { fromMs, toMs } of axis.folds) {
          expect(timesMs.filter((atMs) => atMs > fromMs && atMs < toMs)).toEqual([]);
          expect(axis.yOf(toMs) - axis.yOf(fromMs)).toBeCloseTo(foldPx, 3);
        }
      }),
    );
  });

  test("between folds the scale is the same; without folds it is so everywhere", () => {
    const timesMs = [0, 10, 5_000, 5_010];
    const span = [0, 5_010] as const;
    const folded = new TimeAxis({ pxPerMs: 4, isFolded: true, span, timesMs });
    expect(folded.folds.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([[13.5, 4_996.5]]);
    expect(folded.yOf(10) - folded.yOf(0)).toBeCloseTo(40);
    expect(folded.yOf(5_010) - folded.yOf(5_000)).toBeCloseTo(40);
    expect(folded.heightPx).toBeLessThan(250);
    const linear = new TimeAxis({ pxPerMs: 4, isFolded: false, span, timesMs });
    expect(linear.folds).toEqual([]);
    expect(linear.yOf(5_010) - linear.yOf(0)).toBeCloseTo(5_010 * 4);
  });

  test("a stretch is folded only where that saves room", () => {
    const foldsOf = (gapPx: number): number =>
      axisOf({ gapsMs: [1, gapPx / 2], pxPerMs: 2, isFolded: true }).axis.folds.length;
    expect(foldsOf(2.5 * foldPx)).toBe(0);
    expect(foldsOf(3 * foldPx)).toBe(1);
  });

  test("a run that would be higher than a browser can draw is drawn at a smaller scale", () => {
    const day = 86_400_000;
    const axis = new TimeAxis({ pxPerMs: 4, isFolded: false, span: [0, day], timesMs: [0, day] });
    expect(axis.heightPx).toBeLessThanOrEqual(8_000_000);
    expect(axis.pxPerMs).toBeLessThan(4);
  });

  test("ticks are round, in view, outside of folds, and apart from each other", () => {
    fc.assert(
      fc.property(run, (options) => {
        const { axis } = axisOf(options);
        const ticks = axis.ticks(0, axis.heightPx).slice(0, 1_000);
        const steps = Array.from({ length: 12 }, (_, power) =>
          [1, 2, 5].map((d) => d * 10 ** (power - 4)),
        );
        const stepMs = steps.flat().find((step) => step * axis.pxPerMs >= 63.999)!;
        for (const [index, { atMs, y }] of ticks.entries()) {
          expect(y - (ticks[index - 1]?.y ?? -100)).toBeGreaterThanOrEqual(16);
          const share = atMs / stepMs;
          expect(Math.abs(share - Math.round(share))).toBeLessThan(1e-6);
          for (const { fromMs, toMs } of axis.folds) {
            const isInside = atMs > fromMs + 1e-6 && atMs < toMs - 1e-6;
            expect(isInside, `${atMs} in ${fromMs}..${toMs}`).toBe(false);
          }
        }
      }),
    );
    const axis = new TimeAxis({ pxPerMs: 1, isFolded: false, span: [0, 1_000], timesMs: [] });
    expect(axis.ticks(0, 400).map(({ atMs }) => atMs)).toEqual([0, 100, 200, 300]);
  });
});
