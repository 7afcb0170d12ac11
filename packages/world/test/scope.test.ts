import { getEventListeners } from "node:events";
import { isHoldfastError } from "@holdfast/std";
import { ManualClock, Scope } from "@holdfast/world";
import { describe, expect, test } from "vitest";

function setup() {
  const clock = new ManualClock();
  const trace: string[] = [];
  const work =
    (name: string, delayMs: number, failure?: Error) =>
    async (signal: AbortSignal): Promise<string> => {
      try {
        await clock.sleep(delayMs, signal);
      } catch (error) {
        trace.push(`${name} cancelled at ${clock.now()}`);
        throw error;
      }
      trace.push(`${name} done at ${clock.now()}`);
      if (failure !== undefined) throw failure;
      return name;
    };
  return { clock, trace, work };
}

/** What a promise came to, so that it can be looked at while the clock moves. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { value: await promise };
  } catch (error) {
    return error;
  }
}

describe("a scope", () => {
  test("SC1: is not left before its tasks have ended", async () => {
    const { clock, trace, work } = setup();
    const left = Scope.run(clock, async (scope) => {
      scope.spawn("slow", work("slow", 50));
      const quick = scope.spawn("quick", work("quick", 10));
      return await quick.done;
    });
    left.then(() => trace.push("left"));
    await clock.advance(100);
    expect(await left).toBe("quick");
    expect(trace).toEqual(["quick done at 10", "slow done at 50", "left"]);
    expect(clock.pending).toBe(0);
  });

  test("SC1: waits for tasks that tasks start", async () => {
    const { clock, trace, work } = setup();
    const left = Scope.run(clock, async (scope) => {
      scope.spawn("outer", async () => {
        await clock.sleep(10);
        scope.spawn("inner", work("inner", 10));
      });
    });
    await clock.advance(15);
    expect(trace).toEqual([]);
    await clock.advance(5);
    await left;
    expect(trace).toEqual(["inner done at 20"]);
  });

  test("SC3: the first failure cancels the others, and is what run throws", async () => {
    const { clock, trace, work } = setup();
    const failure = new Error("no luck");
    const left = outcome(
      Scope.run(clock, async (scope) => {
        scope.spawn("slow", work("slow", 50));
        scope.spawn("bad", work("bad", 10, failure));
        await clock.sleep(100, scope.signal);
      }),
    );
    await clock.advance(10);
    expect(await left).toBe(failure);
    expect(trace).toEqual(["bad done at 10", "slow cancelled at 10"]);
    expect(clock.pending).toBe(0);
  });

  test("SC3: a failure that the body saw is reported once, two failures together", async () => {
    const { clock, work } = setup();
    const first = new Error("first");
    const second = new Error("second");
    const seen = outcome(
      Scope.run(clock, (scope) => scope.spawn("bad", work("bad", 1, first)).done),
    );
    const both = outcome(
      Scope.run(clock, async (scope) => {
        scope.spawn("a", work("a", 1, first));
        scope.spawn("b", async () => {
          await clock.sleep(2);
          throw second;
        });
      }),
    );
    await clock.advance(10);
    expect(await seen).toBe(first);
    const aggregate = (await both) as AggregateError;
    expect(aggregate).toBeInstanceOf(AggregateError);
    expect(aggregate.errors).toEqual([first, second]);
  });

  test("SC2: clean-up runs last, in reverse order, uncancelled, after a failure too", async () => {
    const { clock, trace, work } = setup();
    const failure = new Error("no luck");
    const left = outcome(
      Scope.run(clock, async (scope) => {
        scope.defer(() => void trace.push(`first deferred at ${clock.now()}`));
        scope.defer(async () => {
          await clock.sleep(5);
          trace.push(`second deferred at ${clock.now()}`);
        });
        scope.spawn("bad", work("bad", 10, failure));
        scope.spawn("slow", work("slow", 50));
      }),
    );
    await clock.advance(100);
    expect(await left).toBe(failure);
    expect(trace).toEqual([
      "bad done at 10",
      "slow cancelled at 10",
      "second deferred at 15",
      "first deferred at 15",
    ]);
  });

  test("SC2: a failing clean-up doesn't stop the others", async () => {
    const { clock, trace } = setup();
    const failure = new Error("no luck");
    const left = Scope.run(clock, async (scope) => {
      scope.defer(() => void trace.push("still called"));
      scope.defer(() => {
        throw failure;
      });
    });
    expect(await outcome(left)).toBe(failure);
    expect(trace).toEqual(["still called"]);
  });

  test("SC4: deadlines travel inwards, and the earlier one counts", async () => {
    const { clock, trace, work } = setup();
    const left = outcome(
      Scope.run(
        clock,
        (outer) =>
          outer.run(
            async (inner) => {
              expect(inner.deadlineAtMs).toBe(20);
              await work("inner", 50)(inner.signal);
            },
            { deadlineMs: 40 },
          ),
        { deadlineMs: 20, name: "outer" },
      ),
    );
    await clock.advance(30);
    const error = await left;
    expect(isHoldfastError(error, "timeout")).toBe(true);
    expect((error as Error).message).toBe("outer took longer than 20 ms");
    expect(trace).toEqual(["inner cancelled at 20"]);
    expect(clock.pending).toBe(0);
  });

  test("SC4: an inner deadline ends the inner scope only", async () => {
    const { clock, work } = setup();
    const left = Scope.run(clock, async (outer) => {
      const inner = await outcome(
        outer.run((scope) => work("inner", 50)(scope.signal), { deadlineMs: 5 }),
      );
      expect(isHoldfastError(inner, "timeout")).toBe(true);
      return await work("outer", 10)(outer.signal);
    });
    await clock.advance(20);
    expect(await left).toBe("outer");
  });

  test("SC1: leaves no timer and no listener behind", async () => {
    const { clock } = setup();
    const { signal } = new AbortController();
    const options = { deadlineMs: 1_000, signal };
    await Scope.run(clock, async () => expect(clock.pending).toBe(1), options);
    const opened = Scope.open(clock, options);
    await opened.close();
    expect(clock.pending).toBe(0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("SC1: daemons go on until the tasks have ended, and are cancelled then", async () => {
    const { clock, trace, work } = setup();
    const left = Scope.run(clock, async (scope) => {
      scope.daemon("tick", async (signal) => void (await work("daemon", 1_000)(signal)));
      scope.spawn("task", work("task", 10));
      return "value";
    });
    await clock.advance(20);
    expect(await left).toBe("value");
    expect(trace).toEqual(["task done at 10", "daemon cancelled at 10"]);
  });

  test("SC3: a daemon that fails fails the scope", async () => {
    const { clock, trace, work } = setup();
    const failure = new Error("no luck");
    const left = outcome(
      Scope.run(clock, async (scope) => {
        scope.daemon("bad", async (signal) => void (await work("daemon", 5, failure)(signal)));
        scope.spawn("task", work("task", 10));
      }),
    );
    await clock.advance(20);
    expect(await left).toBe(failure);
    expect(trace).toEqual(["daemon done at 5", "task cancelled at 5"]);
  });

  test("SC3: cancelled from outside, it rejects even where everyone took it calmly", async () => {
    const { clock } = setup();
    const controller = new AbortController();
    const left = outcome(
      Scope.run(
        clock,
        async (scope) => {
          await clock.sleep(10, scope.signal).catch(() => undefined);
          expect(() => scope.spawn("late", async () => undefined)).toThrow("cancelled");
          return "half";
        },
        { signal: controller.signal },
      ),
    );
    controller.abort();
    expect(isHoldfastError(await left, "cancelled")).toBe(true);
    const never = Scope.run(clock, async () => expect.unreachable(), { signal: controller.signal });
    expect(isHoldfastError(await outcome(never), "cancelled")).toBe(true);
  });

  test("SC1: an opened scope lives until it is closed; its tree shows what runs", async () => {
    const { clock, trace, work } = setup();
    const root = Scope.open(clock, { name: "test" });
    const server = root.open({ name: "server" });
    server.daemon("listen", async (signal) => void (await work("listen", 1_000)(signal)));
    const connection = server.run(
      async (scope) => {
        scope.spawn("reader", work("reader", 1_000));
      },
      { name: "connection 1" },
    );
    expect(root.tree().split("\n")).toEqual([
      "test",
      "  server",
      "    daemon listen",
      "    connection 1",
      "      task reader",
    ]);
    expect(() => root.assertSettled()).toThrow("task reader");
    const ended = outcome(connection);
    await server.close();
    await server.close();
    expect(isHoldfastError(await ended, "cancelled")).toBe(true);
    root.assertSettled();
    expect(trace).toEqual(["listen cancelled at 0", "reader cancelled at 0"]);
    expect(clock.pending).toBe(0);
    await root.close();
  });

  test("SC3: closing reports what failed, in scopes within it too", async () => {
    const { clock, work } = setup();
    const failure = new Error("no luck");
    const root = Scope.open(clock);
    const inner = root.open();
    inner.spawn("bad", work("bad", 5, failure));
    await clock.advance(10);
    expect(inner.signal.aborted).toBe(true);
    expect(root.signal.aborted).toBe(false);
    expect(await outcome(root.close())).toBe(failure);
  });

  test("ends as it should whatever its tasks do, at random", async () => {
    const { SeededRandom, randomBelow } = await import("@holdfast/std");
    for (let seed = 0; seed < 200; seed += 1) {
      const random = new SeededRandom(seed);
      const clock = new ManualClock();
      let running = 0;
      let cleanups = 0;
      const failures: Error[] = [];
      const grow = async (scope: Scope, depth: number): Promise<void> => {
        scope.defer(() => {
          cleanups += 1;
        });
        for (let count = randomBelow(random, 4); count > 0; count -= 1) {
          const task = async (signal: AbortSignal): Promise<void> => {
            running += 1;
            try {
              await clock.sleep(randomBelow(random, 20), signal);
              if (depth > 0) await scope.run((inner) => grow(inner, depth - 1));
              if (random.next() < 0.1) {
                failures.push(new Error("planned"));
                throw failures.at(-1);
              }
            } finally {
              running -= 1;
            }
          };
          if (random.next() < 0.3) scope.daemon("daemon", task);
          else scope.spawn("task", task);
        }
      };
      let scopes = 0;
      const root = Scope.open(clock);
      const done = outcome(
        root.run((scope) => {
          scopes += 1;
          return grow(scope, 2);
        }),
      );
      await clock.advance(1_000);
      const result = await done;
      expect(running).toBe(0);
      root.assertSettled();
      expect(clock.pending).toBe(0);
      expect(cleanups).toBeGreaterThanOrEqual(scopes);
      const thrown = result instanceof Error ? [result] : [];
      expect(thrown.length > 0).toBe(failures.length > 0);
    }
  });
});
