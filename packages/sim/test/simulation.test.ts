// Machines in a world: what ends a program, what it finds afterwards, what a run is a
// function of, and what fails it.

import { Scope } from "@holdfast/world";
import { describe, expect, test } from "vitest";
import { type MachineWorld, type RunResult, runSimulation, type Simulation } from "../src/index.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

async function play(
  body: (simulation: Simulation) => Promise<void>,
  options: {
    readonly seed?: number;
    readonly eventsMax?: number;
    readonly timeMsMax?: number;
  } = {},
): Promise<RunResult> {
  return await runSimulation({ seed: 1, keepsTrace: true, ...options }, body);
}

/** As {@link play}, and what failed in it fails the test. */
async function pass(body: (simulation: Simulation) => Promise<void>, seed = 1): Promise<RunResult> {
  const result = await play(body, { seed });
  if (result.failure !== null) throw result.failure.error;
  return result;
}

/** A server that answers each message with what it counted so far. */
async function counter({ network, machine }: MachineWorld): Promise<void> {
  const listener = await network.listen(machine);
  let count = 0;
  for (;;) {
    const connection = await listener.accept();
    if (connection === null) return;
    void (async () => {
      for (;;) {
        if ((await connection.receive()) === null) return;
        count += 1;
        connection.send(bytes(String(count)));
      }
    })();
  }
}

async function ask({ network }: MachineWorld, address: string): Promise<string | null> {
  const connection = await network.connect(address);
  connection.send(bytes("more"));
  const answer = await connection.receive();
  connection.close("done");
  return answer === null ? null : text(answer);
}

describe("a run is a function of its seed", () => {
  const busy = async (simulation: Simulation): Promise<void> => {
    simulation.machine("server", counter);
    for (const name of ["ann", "bob"]) {
      simulation.machine(name, async (world) => {
        for (let round = 0; round < 20; round += 1) {
          await world.clock.sleep(world.random.next() * 10);
          await ask(world, "server");
        }
      });
    }
    await simulation.until(
      () => simulation.machines.every(({ name, state }) => name === "server" || state === "down"),
      {
        withinMs: 60_000,
      },
    );
  };

  test("one seed gives one fingerprint, also after others; another seed gives another", async () => {
    const first = await pass(busy, 7);
    const second = await pass(busy, 8);
    const again = await pass(busy, 7);
    expect(again.traceHash).toBe(first.traceHash);
    expect(again.records).toEqual(first.records);
    expect(again.events).toBe(first.events);
    expect(second.traceHash).not.toBe(first.traceHash);
    expect(first.records.length).toBeGreaterThan(100);
  });

  test("whether records are kept changes nothing", async () => {
    const kept = await runSimulation({ seed: 7, keepsTrace: true }, busy);
    const unkept = await runSimulation({ seed: 7 }, busy);
    expect(unkept.records).toEqual([]);
    expect(unkept.traceHash).toBe(kept.traceHash);
  });
});

describe("a process", () => {
  test("that is killed does nothing more, and its disk keeps what its kernel held", async () => {
    const seen: string[] = [];
    await pass(async (simulation) => {
      const machine = simulation.machine("server", async ({ disk, clock }) => {
        const file = await disk.open("log", { create: true });
        seen.push(text(await file.read(0, 100)));
        for (;;) {
          await file.append(bytes("x"));
          await clock.sleep(10);
          seen.push("tick");
        }
      });
      await simulation.sleep(35);
      machine.kill();
      expect(machine.state).toBe("down");
      const { length } = seen;
      await simulation.sleep(1_000);
      expect(seen).toHaveLength(length);
      machine.start();
      await simulation.sleep(5);
      expect(seen.at(-1)).toBe("xxxx");
      expect(machine.lives).toBe(2);
    });
  });

  test("that loses its power finds only what was synced", async () => {
    await pass(async (simulation) => {
      const seen: string[] = [];
      const machine = simulation.machine("server", async ({ disk, clock }) => {
        const file = await disk.open("log", { create: true });
        seen.push(text(await file.read(0, 100)));
        await file.append(bytes("synced"));
        await file.sync();
        await disk.syncFolder("");
        await file.append(bytes(" and not"));
        await clock.sleep(1e6);
      });
      await simulation.sleep(100);
      machine.powerLoss("lost");
      machine.start();
      await simulation.sleep(1);
      expect(seen).toEqual(["", "synced"]);
    });
  });

  test("that stands still is unaware of it, but for the time", async () => {
    await pass(async (simulation) => {
      const ticks: number[] = [];
      const machine = simulation.machine("server", async ({ clock }) => {
        for (;;) {
          await clock.sleep(10);
          ticks.push(simulation.nowMs);
        }
      });
      await simulation.sleep(25);
      machine.pause();
      await simulation.sleep(1_000);
      expect(ticks).toHaveLength(2);
      machine.resume();
      await simulation.sleep(25);
      expect(ticks.length).toBeGreaterThanOrEqual(4);
      expect(ticks[2]).toBeCloseTo(1_025, 0);
      expect(simulation.biteCounts.get("pause")).toBe(1);
    });
  });

  test("that is asked to end ends in its own time; what it leaves running is counted", async () => {
    await pass(async (simulation) => {
      const tidy = simulation.machine("tidy", ({ clock, signal }) =>
        Scope.run(clock, async (scope) => {
          scope.daemon("ticks", async (cancelled) => {
            for (;;) await clock.sleep(100, cancelled);
          });
          await new Promise<void>((resolve) =>
            signal.addEventListener("abort", () => resolve(), { once: true }),
          );
          await clock.sleep(50);
        }),
      );
      const careless = simulation.machine("careless", async ({ clock, signal }) => {
        clock.timer(1e6, () => undefined);
        await new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true }),
        );
      });
      await simulation.sleep(1_000);
      const { nowMs } = simulation;
      await tidy.stop();
      expect(simulation.nowMs - nowMs).toBeCloseTo(50, 0);
      await careless.stop();
      expect(tidy.timersLeft).toBe(0);
      expect(careless.timersLeft).toBe(1);
    });
  });

  test("has clocks of its own, which drift and jump", async () => {
    await pass(async (simulation) => {
      const worlds: MachineWorld[] = [];
      const idle = async (world: MachineWorld): Promise<void> => {
        worlds.push(world);
        await world.clock.sleep(1e9);
      };
      const fast = simulation.machine("fast", idle);
      const jumpy = simulation.machine("jumpy", idle);
      await simulation.sleep(1);
      const [fastWorld, jumpyWorld] = worlds as [MachineWorld, MachineWorld];
      const offMs = Math.abs(fastWorld.clock.wall() - jumpyWorld.clock.wall());
      expect(offMs).toBeGreaterThan(0);
      expect(offMs).toBeLessThanOrEqual(1_000);
      const startMs = fastWorld.clock.now();
      const seen: string[] = [];
      fast.clock.drift(2, () => seen.push("drift"));
      let firedAtMs = 0;
      fastWorld.clock.timer(1_000, () => {
        firedAtMs = simulation.nowMs;
      });
      await simulation.sleep(1_000);
      expect(fastWorld.clock.now() - startMs).toBeCloseTo(2_000, 3);
      expect(firedAtMs).toBeCloseTo(501, 1);
      const before = [jumpyWorld.clock.now(), jumpyWorld.clock.wall()] as const;
      jumpy.clock.jump(-5_000, () => seen.push("jump"));
      expect(jumpyWorld.clock.now()).toBe(before[0]);
      expect(seen).toEqual(["drift"]);
      expect(jumpyWorld.clock.wall()).toBe(before[1] - 5_000);
      expect(seen).toEqual(["drift", "jump"]);
    });
  });
});

test("no timer fires early by its own machine's clock, though that slows down meanwhile", async () => {
  await pass(async (simulation) => {
    const measured: number[] = [];
    const slowing = simulation.machine("slowing", async ({ clock }) => {
      const startMs = clock.now();
      await clock.sleep(1_000);
      measured.push(clock.now() - startMs);
    });
    await simulation.sleep(1);
    slowing.clock.drift(2, () => undefined);
    await simulation.sleep(100);
    slowing.clock.drift(0.5, () => undefined);
    await simulation.sleep(10_000);
    expect(measured).toHaveLength(1);
    expect(measured[0]).toBeGreaterThanOrEqual(1_000);
    expect(measured[0]).toBeLessThan(1_001);
  });
});

describe("what fails a run", () => {
  const reasonOf = ({ failure }: RunResult): string => String((failure?.error as Error)?.message);

  test("an error that a program throws, at once or later", async () => {
    const later = await play(async (simulation) => {
      simulation.machine("server", async ({ clock }) => {
        await clock.sleep(5);
        throw new Error("a defect");
      });
      await simulation.sleep(1_000);
    });
    expect(reasonOf(later)).toBe("a defect");
    expect(later.virtualMs).toBeLessThan(10);
    const inTimer = await play(async (simulation) => {
      simulation.machine("server", async ({ clock }) => {
        clock.timer(5, () => {
          throw new Error("an uncaught exception");
        });
        await clock.sleep(1e6);
      });
      await simulation.sleep(1_000);
    });
    expect(reasonOf(inTimer)).toBe("an uncaught exception");
  });

  test("a promise that was rejected and that nobody listens to", async () => {
    const result = await play(async (simulation) => {
      simulation.machine("server", async () => {
        void Promise.reject(new Error("nobody listens"));
      });
      await simulation.sleep(1_000);
    });
    expect(reasonOf(result)).toBe("nobody listens");
  });

  test("a test that waits for what never comes, and a run without an end", async () => {
    const stuck = await play(() => new Promise(() => undefined));
    expect(reasonOf(stuck)).toContain("nothing is left to happen");
    const forever = async (simulation: Simulation): Promise<void> => {
      for (;;) await simulation.sleep(1);
    };
    expect(reasonOf(await play(forever, { eventsMax: 1_000 }))).toContain(
      "more than this run may have",
    );
    expect(reasonOf(await play(forever, { timeMsMax: 1_000 }))).toContain(
      "longer than this run may take",
    );
  });
});
