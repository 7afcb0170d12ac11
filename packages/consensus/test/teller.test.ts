// When peers are told of a commit that no entries follow.

import { ManualClock } from "@holdfast/world";
import { expect, test } from "vitest";
import { Teller, tellMs } from "../src/replica/teller.ts";

function rig() {
  const clock = new ManualClock();
  const state = { untold: false, told: [] as number[] };
  const teller = new Teller(clock, {
    hasUntold: () => state.untold,
    tell: () => {
      state.told.push(clock.now());
      state.untold = false;
    },
  });
  const set = (untold: boolean): void => {
    state.untold = untold;
    teller.look();
  };
  return { clock, state, teller, set };
}

test("a commit that nothing follows is told of once, after its time", async () => {
  const { clock, state, set } = rig();
  const startMs = clock.now();
  set(true);
  await clock.advance(1);
  set(true);
  await clock.advance(tellMs * 5);
  expect(state.told).toEqual([startMs + tellMs]);
  expect(clock.pending).toBe(0);
});

test("what entries told of is not told again, and the next commit has all of its time", async () => {
  const { clock, state, set } = rig();
  const startMs = clock.now();
  set(true);
  await clock.advance(tellMs / 2);
  set(false);
  await clock.advance(tellMs / 4);
  set(true);
  await clock.advance(tellMs - 0.5);
  expect(state.told).toEqual([]);
  await clock.advance(1);
  expect(state.told).toEqual([startMs + (tellMs * 3) / 4 + tellMs]);
});

test("commits that entries follow soon are never told of alone, and one timer serves them", async () => {
  const { clock, state, set } = rig();
  for (let round = 0; round < 100; round += 1) {
    set(true);
    await clock.advance(1);
    set(false);
    expect(clock.pending).toBeLessThanOrEqual(1);
  }
  await clock.advance(tellMs);
  expect(state.told).toEqual([]);
  expect(clock.pending).toBe(0);
});

test("closed, it tells nothing", async () => {
  const { clock, state, set, teller } = rig();
  set(true);
  teller.close();
  await clock.advance(tellMs * 3);
  expect(state.told).toEqual([]);
  expect(clock.pending).toBe(0);
});
