import { SeededRandom } from "@holdfast/std";
import { Backoff } from "@holdfast/world";
import { expect, test } from "vitest";

test("spans double up to the cap, delays fill them, and a success starts over", () => {
  const longest = new Array<number>(8).fill(0);
  for (let seed = 0; seed < 500; seed += 1) {
    const backoff = new Backoff(new SeededRandom(seed), { baseMs: 200, capMs: 5_000 });
    for (const [index, longestMs] of longest.entries()) {
      longest[index] = Math.max(longestMs, backoff.next());
    }
    expect(backoff.failures).toBe(8);
    backoff.reset();
    expect(backoff.next()).toBeLessThan(200);
  }
  const spans = [200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000];
  for (const [index, spanMs] of spans.entries()) {
    expect(longest[index]).toBeLessThan(spanMs);
    expect(longest[index]).toBeGreaterThan(spanMs * 0.95);
  }
});

test("a thousand failures in a row stay at the cap", () => {
  const backoff = new Backoff(
    { next: () => 1, bytes: () => new Uint8Array() },
    { baseMs: 1, capMs: 9 },
  );
  for (let count = 0; count < 2_000; count += 1) backoff.next();
  expect(backoff.next()).toBe(9);
});
