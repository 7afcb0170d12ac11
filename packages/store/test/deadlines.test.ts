// One timer that ends all waits of a store: each in its time, and none that was answered.

import { HoldfastError } from "@holdfast/std";
import { ManualClock } from "@holdfast/world";
import { expect, test } from "vitest";
import { Deadlines } from "../src/drivers/raft/deadlines.ts";

const lengthMs = 1_000;

test("a wait ends late where nobody answers, by up to a tenth of the length, and otherwise as it is answered", async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, lengthMs, () => new HoldfastError("timeout", "late"));
  const outcomes: string[] = [];
  const note = (name: string, work: Promise<string>, untilMs: number) =>
    deadlines.by(untilMs, work).then(
      (value) => outcomes.push(`${name} ${value}`),
      (error: Error) => outcomes.push(`${name} ${error.message}`),
    );
  const never = new Promise<string>(() => {});
  const now = clock.now();
  void note("long", never, now + lengthMs);
  void note("short", never, now + 300);
  void note(
    "answered",
    clock.sleep(200).then(() => "in time"),
    now + lengthMs,
  );
  void note("refused", Promise.reject(new Error("no")), now + lengthMs);
  await clock.advance(299);
  expect([...outcomes].sort()).toEqual(["answered in time", "refused no"]);
  await clock.advance(lengthMs / 10 + 1);
  expect(outcomes.at(-1)).toContain("short");
  expect(outcomes).toHaveLength(3);
  await clock.advance(lengthMs - 400 - lengthMs / 10);
  expect(outcomes).toHaveLength(3);
  await clock.advance(lengthMs / 5 + 1);
  expect(outcomes.at(-1)).toContain("long");
  expect(outcomes).toHaveLength(4);
});

test("waits that follow each other share a timer, which ends soon after the last of them, or at the close", async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, lengthMs, () => new HoldfastError("timeout", "late"));
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await deadlines.by(clock.now() + lengthMs, Promise.resolve(turn))).toBe(turn);
    expect(clock.pending).toBe(1);
  }
  await clock.advance(lengthMs / 10 + 1);
  expect(clock.pending).toBe(0);
  await deadlines.by(clock.now() + lengthMs, Promise.resolve());
  deadlines.close();
  expect(clock.pending).toBe(0);
});
