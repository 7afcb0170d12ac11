// One contract, every clock.

import { getEventListeners } from "node:events";
import { type Clock, ManualClock } from "@holdfast/world";
import { NodeClock } from "@holdfast/world/node";
import { describe, expect, test } from "vitest";

const manual = new ManualClock(1_000_000);
const clocks: { name: string; clock: Clock; pass: (durationMs: number) => Promise<void> }[] = [
  { name: "manual", clock: manual, pass: (durationMs) => manual.advance(durationMs) },
  {
    name: "node",
    clock: new NodeClock(),
    pass: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
  },
];

describe.each(clocks)("the $name clock", ({ clock, pass }) => {
  test("never goes back, and a sleep lasts at least as long as asked", async () => {
    for (const delayMs of [0, 1, 3, 7.5]) {
      const before = clock.now();
      const slept = clock.sleep(delayMs).then(() => clock.now() - before);
      await pass(delayMs + 30);
      expect(await slept).toBeGreaterThanOrEqual(delayMs);
    }
  });

  test("a hundred short sleeps are none of them too short", async () => {
    for (let count = 0; count < 100; count += 1) {
      const before = clock.now();
      const slept = clock.sleep(1).then(() => clock.now() - before);
      const passing = pass(1);
      expect(await slept).toBeGreaterThanOrEqual(1);
      await passing;
    }
  });

  test("fires timers in the order of their time, each once", async () => {
    const fired: string[] = [];
    clock.timer(20, () => fired.push("late"));
    clock.timer(1, () => fired.push("early"));
    clock.timer(40, () => fired.push("later"));
    const cancelled = clock.timer(5, () => fired.push("cancelled"));
    cancelled.cancel();
    cancelled.cancel();
    await pass(100);
    expect(fired).toEqual(["early", "late", "later"]);
  });

  test("a sleep ends at once when its signal aborts, or had aborted", async () => {
    const controller = new AbortController();
    const sleeping = clock.sleep(1_000_000, controller.signal);
    controller.abort(new Error("enough"));
    await expect(sleeping).rejects.toMatchObject({ code: "cancelled" });
    await expect(clock.sleep(0, controller.signal)).rejects.toMatchObject({ code: "cancelled" });
  });

  test("sleeps leave nothing on their signal", async () => {
    const { signal } = new AbortController();
    const sleeps = Array.from({ length: 50 }, () => clock.sleep(1, signal));
    expect(getEventListeners(signal, "abort")).toHaveLength(50);
    await pass(20);
    await Promise.all(sleeps);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("a timer a month away does not fire now", async () => {
    let fired = false;
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on("warning", warn);
    const timer = clock.timer(40 * 86_400_000, () => {
      fired = true;
    });
    await pass(20);
    process.off("warning", warn);
    expect(fired).toBe(false);
    expect(warnings).toEqual([]);
    timer.cancel();
  });

  test("the wall clock reads milliseconds since 1970", () => {
    expect(clock.wall()).toBeGreaterThanOrEqual(1_000_000);
    expect(Number.isFinite(clock.wall())).toBe(true);
  });
});

test("a manual clock stands still, and lets those who wake run before it moves on", async () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  const walk = async (): Promise<void> => {
    for (let step = 0; step < 3; step += 1) {
      await clock.sleep(10);
      seen.push(clock.now());
    }
  };
  const walking = walk();
  await clock.advance(25);
  expect(seen).toEqual([10, 20]);
  await clock.advance(5);
  await walking;
  clock.wallOffsetMs -= 3_600_000;
  expect(clock.wall()).toBe(30 - 3_600_000);
});
