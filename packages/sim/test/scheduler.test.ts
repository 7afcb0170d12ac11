// The queue of events and the loop over it: order, owners, and when an event is over.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Owner } from "../src/run/event_queue.ts";
import { Scheduler } from "../src/run/scheduler.ts";

function scheduler(
  limits: { eventsMax?: number; timeMsMax?: number } = {},
  thrown: unknown[] = [],
): Scheduler {
  return new Scheduler({
    eventsMax: limits.eventsMax ?? 1_000_000,
    timeMsMax: limits.timeMsMax ?? 1e12,
    onEvent: () => undefined,
    onThrow: (_owner, error) => thrown.push(error),
    onInside: () => undefined,
  });
}

const owner = (): Owner => ({ state: "running", backlog: [], pending: 0 });

test("T1 T2 events run by their time, then by their making, as a sorted list would have them", async () => {
  const plan = fc.array(
    fc.record({ delayMs: fc.integer({ min: 0, max: 5 }), isCancelled: fc.boolean() }),
    { maxLength: 200 },
  );
  await fc.assert(
    fc.asyncProperty(plan, async (events) => {
      const loop = scheduler();
      const ran: number[] = [];
      const times: number[] = [];
      events.forEach(({ delayMs, isCancelled }, index) => {
        const event = loop.after(delayMs, null, () => {
          ran.push(index);
          times.push(loop.nowMs);
        });
        if (isCancelled) event.cancel();
      });
      expect(await loop.run(() => false)).toBe("idle");
      const expected = events
        .map((event, index) => ({ ...event, index }))
        .filter(({ isCancelled }) => !isCancelled)
        .sort((left, right) => left.delayMs - right.delayMs || left.index - right.index);
      expect(ran).toEqual(expected.map(({ index }) => index));
      expect(times).toEqual(expected.map(({ delayMs }) => delayMs));
      expect(loop.eventCount).toBe(expected.length);
    }),
  );
});

test("T2 an event is over only when all promise callbacks that follow from it have run", async () => {
  const loop = scheduler();
  const seen: string[] = [];
  loop.after(1, null, () => {
    const follow = async (): Promise<void> => {
      for (let round = 0; round < 1_000; round += 1) await null;
      seen.push(`at ${loop.nowMs}`);
    };
    void follow();
  });
  loop.after(1.5, null, () => seen.push("next"));
  await loop.run(() => false);
  expect(seen).toEqual(["at 1", "next"]);
});

test("T2 the loop lets real events in, and starts none of the run's meanwhile", async () => {
  const loop = scheduler();
  let ticks = 0;
  let realMoments = 0;
  let isOver = false;
  const breathe = (): void => {
    realMoments += 1;
    if (!isOver) setImmediate(breathe);
  };
  setImmediate(breathe);
  const tick = (): void => {
    ticks += 1;
    if (ticks < 20_000) loop.after(1, null, tick);
  };
  loop.after(1, null, tick);
  await loop.run(() => false);
  isOver = true;
  expect(ticks).toBe(20_000);
  expect(realMoments).toBeGreaterThan(2);
  expect(realMoments).toBeLessThan(10);
});

test("T3 what falls due while its owner stands still runs when it goes on, in order, and can be cancelled until then", async () => {
  const loop = scheduler();
  const paused = owner();
  const ran: string[] = [];
  const say = (text: string) => () => ran.push(`${text} at ${loop.nowMs}`);
  loop.after(1, paused, () => {
    say("first")();
    late.cancel();
  });
  const late = loop.after(2, paused, say("cancelled by the first"));
  loop.after(3, paused, say("third"));
  loop.after(0, null, () => {
    paused.state = "paused";
  });
  loop.after(10, null, () => loop.resume(paused));
  loop.after(11, paused, say("later"));
  await loop.run(() => false);
  expect(ran).toEqual(["first at 10", "third at 10", "later at 11"]);
  expect(paused.pending).toBe(0);
});

test("T3 nothing of an owner that has ended runs", async () => {
  const loop = scheduler();
  const mortal = owner();
  const ran: string[] = [];
  loop.after(1, mortal, () => ran.push("before"));
  loop.after(2, null, () => loop.end(mortal));
  loop.after(3, mortal, () => ran.push("after"));
  expect(await loop.run(() => false)).toBe("idle");
  expect(ran).toEqual(["before"]);
});

test("what an event throws goes to its owner, and the run goes on", async () => {
  const thrown: unknown[] = [];
  const loop = scheduler({}, thrown);
  const ran: string[] = [];
  loop.after(1, null, () => {
    throw new Error("uncaught");
  });
  loop.after(2, null, () => ran.push("next"));
  await loop.run(() => false);
  expect(thrown).toEqual([new Error("uncaught")]);
  expect(ran).toEqual(["next"]);
});

test("a run without an end is ended, by events or by time", async () => {
  const forever = (loop: Scheduler): void => {
    const again = (): void => void loop.after(1, null, again);
    again();
  };
  const many = scheduler({ eventsMax: 10_000 });
  forever(many);
  expect(await many.run(() => false)).toBe("events");
  expect(many.eventCount).toBe(10_000);
  const long = scheduler({ timeMsMax: 500 });
  forever(long);
  expect(await long.run(() => false)).toBe("time");
  expect(long.nowMs).toBeLessThanOrEqual(500);
});
