// Plans: played, written down and read again, and cut to what breaks the same promise.

import { HoldfastError } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import {
  type Fault,
  failureId,
  formatPlan,
  type Played,
  parsePlan,
  playPlan,
  playSeed,
  shrink,
  ViolationError,
} from "../src/index.ts";
import { failingPlan, mark, toyScenario } from "./toy_scenario.ts";

type ToyPlayed = Awaited<ReturnType<typeof play>>;
const play = (plan: ReturnType<typeof failingPlan>) => playPlan(toyScenario, plan);

describe("a plan", () => {
  test("is the same plan after it was written down and read, and plays alike", async () => {
    const plan = failingPlan();
    const read = parsePlan(formatPlan(plan)) as typeof plan;
    expect(read).toEqual(plan);
    expect((await play(read)).traceHash).toBe((await play(plan)).traceHash);
    // A line for each operation and each fault.
    const lines = formatPlan(plan).split("\n").length;
    expect(lines).toBeGreaterThanOrEqual(plan.operations.length + plan.faults.length);
  });

  test.each([
    "",
    "{}",
    "[]",
    "nonsense",
    '{"scenario":"toy","seed":1.5,"operations":[],"faults":[]}',
  ])("%j is none", (text) => {
    expect(() => parsePlan(text)).toThrow(HoldfastError);
  });

  test("names kinds of faults that made no difference", async () => {
    const kill: Fault = { kind: "kill", machine: "a", atMs: 500, durationMs: 100 };
    const pause: Fault = { kind: "pause", machine: "nobody", atMs: 500, durationMs: 100 };
    const plan = { ...failingPlan(), operations: [mark(100)], faults: [kill, pause] };
    const played = await play(plan);
    expect(played.failure).toBeNull();
    expect(played.bites.get("kill")).toBe(1);
    expect(played.idleKinds).toEqual(["pause"]);
  });

  test("in which no fault made a difference proved nothing, either", async () => {
    const calm = { ...toyScenario, run: async () => ({ marks: 3, lives: 2 }) };
    const drawn = await playSeed(calm, 1);
    expect(drawn.plan.faults.length).toBeGreaterThan(0);
    expect(failureId(drawn.failure!)).toBe("P0");
    const draw = () => ({ ...toyScenario.draw(1), faults: [] });
    expect((await playSeed({ ...calm, draw }, 1)).failure).toBeNull();
  });

  test("that counted nothing of something proved nothing: P0, where it was drawn and not cut", async () => {
    const idle = { ...toyScenario, run: async () => ({ marks: 3, lives: 0 }) };
    const drawn = await playSeed(idle, 1);
    expect(failureId(drawn.failure!)).toBe("P0");
    expect(String(drawn.failure!.error)).toContain("lives");
    expect((await playPlan(idle, idle.draw(1))).failure).toBeNull();
    expect((await playSeed(toyScenario, 1)).failure).toBeNull();
  });
});

test("a failure is known by its promise, its invariant, its code, or its name", () => {
  const idOf = (error: unknown): string => failureId({ error });
  expect(idOf(new ViolationError("S1", "lost"))).toBe("S1");
  expect(idOf(new Error("invariant broken: SC1: a scope ended before its tasks"))).toBe("SC1");
  expect(idOf(new HoldfastError("io", "the device failed"))).toBe("io");
  expect(idOf(new TypeError("x is undefined"))).toBe("TypeError");
});

describe("shrinking", () => {
  async function shrunk(
    failed: ToyPlayed,
    runsMax = 500,
  ): Promise<{ small: ToyPlayed; runs: number }> {
    let runs = 0;
    const small = await shrink({
      failed,
      runsMax,
      play: (plan) => {
        runs += 1;
        return play(plan);
      },
    });
    return { small, runs };
  }

  test("leaves two operations and one fault of many, and they fail in the same way", async () => {
    const failed = await play(failingPlan());
    expect(failureId(failed.failure!)).toBe("T1");
    const { small } = await shrunk(failed);
    expect(small.plan.operations.map(({ mark: kind }) => kind)).toEqual(["first", "second"]);
    expect(small.plan.faults.map(({ kind }) => kind)).toEqual(["kill"]);
    expect(failureId((await play(small.plan)).failure!)).toBe("T1");
    expect(small.events * 2).toBeLessThan(failed.events);
  });

  test("never trades one broken promise for another", async () => {
    // Without operations another promise breaks, in fewer events.
    const { small } = await shrunk(await play(failingPlan()));
    expect(failureId(small.failure!)).toBe("T1");
    expect(small.plan.operations.length).toBeGreaterThan(0);
  });

  test("leaves out at first what came after the failure, and all faults where none is needed", async () => {
    const tried: ReturnType<typeof failingPlan>[] = [];
    const follow = async (plan: ReturnType<typeof failingPlan>): Promise<ToyPlayed> => {
      tried.push(plan);
      return await play(plan);
    };
    const failed = await play(failingPlan());
    await shrink({ failed, runsMax: 1, play: follow });
    const items = [...tried[0]!.operations, ...tried[0]!.faults];
    expect(items.length).toBeLessThan(37);
    expect(Math.max(...items.map(({ atMs }) => atMs))).toBeLessThanOrEqual(failed.virtualMs);
    const idle = await play({ ...failingPlan(), operations: [] });
    expect(failureId(idle.failure!)).toBe("T2");
    const small = await shrink({ failed: idle, runsMax: 2, play });
    expect(small.plan.faults).toEqual([]);
  });

  test("leaves out what has something in common in one go, and plays no plan twice", async () => {
    const plans: string[] = [];
    const removed: number[] = [];
    const failed = await play(failingPlan());
    const small = await shrink({
      failed,
      runsMax: 500,
      play: (plan) => {
        plans.push(JSON.stringify(plan));
        removed.push(failed.plan.operations.length - plan.operations.length);
        return play(plan);
      },
    });
    expect(new Set(plans).size).toBe(plans.length);
    // All thirty that are not marked go at once, while faults are left.
    expect(removed.indexOf(30)).toBeGreaterThanOrEqual(0);
    expect(removed.indexOf(30)).toBeLessThan(5);
    expect(small.plan.operations).toHaveLength(2);
  });

  test("moves what is left together in time, in its order", async () => {
    const { small } = await shrunk(await play(failingPlan()));
    const [first, second] = small.plan.operations;
    const [kill] = small.plan.faults;
    expect(first!.atMs).toBeLessThanOrEqual(50);
    expect(kill!.atMs).toBeGreaterThanOrEqual(first!.atMs);
    expect(second!.atMs).toBeGreaterThan(kill!.atMs);
    // From 4 s: who was killed is up again within one.
    expect(second!.atMs - first!.atMs).toBeLessThan(1_500);
  });

  test("takes no more runs than it may, and tells of each smaller plan", async () => {
    const failed = await play(failingPlan());
    const { small, runs } = await shrunk(failed, 3);
    expect(runs).toBe(3);
    expect(failureId(small.failure!)).toBe("T1");
    const told: Played[] = [];
    await shrink({ failed, runsMax: 100, play, onSmaller: (played) => told.push(played) });
    const sizes = told.map(({ plan }) => plan.operations.length + plan.faults.length);
    expect(sizes.length).toBeGreaterThan(3);
    expect([...sizes].sort((left, right) => right - left)).toEqual(sizes);
  });
});
