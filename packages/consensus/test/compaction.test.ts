// Through where logs are cut.

import { describe, expect, test } from "vitest";
import type { Index } from "../src/index.ts";
import { cutThrough } from "../src/replica/compaction.ts";

const limits = {
  sizeBytes: 1_000,
  count: 100,
  keptSizeBytes: 200,
  keptCount: 50,
  segmentSizeBytes: 1_000,
};

function cut(count: number, keptBytes: number, unneeded = Number.POSITIVE_INFINITY): number | null {
  const log = { base: 40 as Index, index: (40 + count) as Index, keptBytes, unneeded };
  return cutThrough(limits, log);
}

describe("a log is cut", () => {
  test("when it is long or large, down to what is kept for who is a little behind", () => {
    expect(cut(99, 999)).toBe(null);
    expect(cut(100, 100)).toBe(90);
    expect(cut(50, 1_000)).toBe(80);
  });

  test("no further than a live peer needs", () => {
    expect(cut(100, 100, 60)).toBe(60);
    expect(cut(100, 100, 95)).toBe(90);
    expect(cut(100, 100, 40)).toBe(null);
    expect(cut(100, 100, 0)).toBe(null);
  });

  test("whoever needs it, when it is sixteen times as long or large", () => {
    expect(cut(1_599, 1_599, 40)).toBe(null);
    expect(cut(1_600, 1_600, 40)).toBe(1_590);
    expect(cut(800, 16_000, 40)).toBe(830);
  });
});
