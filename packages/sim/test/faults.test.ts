// Faults as data: how schedules are drawn, how networks are cut, and that each kind of
// fault makes a difference where there is something to break, and none after its time.

import { SeededRandom } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutOf } from "../src/faults/partition.ts";
import {
  drawFaults,
  type Fault,
  FaultInjector,
  type FaultKind,
  type MachineWorld,
  runSimulation,
  type Simulation,
} from "../src/index.ts";

const machines = ["a", "b", "c", "d", "e"];

describe("a cut", () => {
  const shapes = ["total", "halves", "bridge", "majorities_ring", "one_way", "single"] as const;
  const seen = (cut: readonly (readonly [string, string])[], from: string): string[] =>
    machines.filter(
      (to) => to === from || !cut.some(([source, target]) => source === from && target === to),
    );

  test.each(shapes)("%s leaves what its name says", (shape) => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const cut = cutOf(shape, machines, new SeededRandom(seed));
        expect(new Set(cut.map(String)).size).toBe(cut.length);
        const views = machines.map((machine) => seen(cut, machine));
        const sizes = views.map(({ length }) => length).sort();
        const isMutual = cut.every(([from, to]) =>
          cut.some(([source, target]) => source === to && target === from),
        );
        expect(isMutual).toBe(shape !== "one_way");
        if (shape === "total") expect(sizes).toEqual([1, 1, 1, 1, 1]);
        if (shape === "halves") expect(sizes).toEqual([2, 2, 3, 3, 3]);
        if (shape === "bridge") expect(sizes).toEqual([3, 3, 3, 3, 5]);
        if (shape === "single") expect(sizes).toEqual([1, 4, 4, 4, 4]);
        if (shape === "one_way") expect(sizes).toEqual([2, 2, 5, 5, 5]);
        if (shape === "majorities_ring") {
          expect(sizes).toEqual([3, 3, 3, 3, 3]);
          expect(new Set(views.map((view) => [...view].sort().join())).size).toBe(5);
        }
      }),
    );
  });

  test("of a shape cuts any number of machines without a word about others", () => {
    for (const shape of shapes) {
      for (let count = 1; count <= 9; count += 1) {
        const names = Array.from({ length: count }, (_, index) => `m${index}`);
        for (const pair of cutOf(shape, names, new SeededRandom(count))) {
          expect(names).toEqual(expect.arrayContaining([...pair]));
          expect(pair[0]).not.toBe(pair[1]);
        }
      }
    }
  });
});

// Where each kind may fall in the world below.
const kinds: Readonly<Record<FaultKind, readonly string[]>> = {
  kill: machines,
  power_loss: machines,
  pause: machines,
  clock_jump: machines,
  clock_drift: machines,
  partition: machines,
  reset: machines,
  half_open: machines,
  packet_loss: machines,
  duplication: machines,
  reordering: machines,
  slow_network: machines,
  narrow_network: machines,
  read_error: machines,
  write_error: machines,
  sync_error: machines,
  disk_full: machines,
  slow_disk: machines,
  lying_sync: machines,
  bit_rot: machines,
  misdirected_write: machines,
};

const talks = machines.slice(1).map((machine): [string, string] => [machine, "a"]);
const span = { fromMs: 1_000, untilMs: 9_000 };

describe("a drawn schedule", () => {
  const draw = (seed: number): readonly Fault[] =>
    drawFaults(new SeededRandom(seed), { targets: kinds, talks, ...span, perKindMax: 3 });

  test("is the seed's, in order, within its span, and survives being written down", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const faults = draw(seed);
        expect(draw(seed)).toEqual(faults);
        expect(JSON.parse(JSON.stringify(faults))).toEqual(faults);
        expect(faults.length).toBeGreaterThan(0);
        const times = faults.map(({ atMs }) => atMs);
        expect([...times].sort((left, right) => left - right)).toEqual(times);
        for (const { atMs, durationMs } of faults) {
          expect(atMs).toBeGreaterThanOrEqual(span.fromMs);
          expect(atMs).toBeLessThanOrEqual(span.untilMs);
          expect(durationMs).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test("leaves out some kinds on each seed, and none on all", () => {
    const drawn = Array.from(
      { length: 100 },
      (_, seed) => new Set(draw(seed).map(({ kind }) => kind)),
    );
    for (const kind of Object.keys(kinds) as FaultKind[]) {
      const seeds = drawn.filter((set) => set.has(kind)).length;
      expect(seeds, kind).toBeGreaterThan(25);
      expect(seeds, kind).toBeLessThan(75);
    }
  });
});

/** A world in which everything is used: each machine writes, reads and syncs a file, reads clocks and talks to `a`. */
async function everything(simulation: Simulation, untilMs: number): Promise<void> {
  const size = 2_000;
  for (const name of machines) {
    simulation.machine(name, async (world: MachineWorld) => {
      if (name === "a") void listen(world);
      const keepTalking = async (): Promise<void> => {
        for (;;) {
          try {
            const connection = await world.network.connect("a");
            for (;;) {
              connection.send(new Uint8Array(size));
              if ((await connection.receive()) === null) break;
              await world.clock.sleep(20);
            }
          } catch {
            await world.clock.sleep(100);
          }
        }
      };
      void keepTalking();
      for (;;) {
        world.clock.wall();
        try {
          const file = await world.disk.open("file", { create: true });
          await file.append(new Uint8Array(size));
          await world.clock.sleep(5);
          await file.sync();
          await file.read(0, size);
          await file.close();
        } catch {
          await world.clock.sleep(5);
        }
        await world.clock.sleep(10);
      }
    });
  }
  await simulation.sleep(untilMs);
}

async function listen({ network }: MachineWorld): Promise<void> {
  const listener = await network.listen("a");
  for (;;) {
    const connection = await listener.accept();
    if (connection === null) return;
    void (async () => {
      for (let message = await connection.receive(); message !== null; ) {
        connection.send(message);
        message = await connection.receive();
      }
    })();
  }
}

function faultOf(kind: FaultKind): Fault {
  const at = { atMs: 500, durationMs: 1_000 };
  const machine = "b";
  switch (kind) {
    case "power_loss":
      return { kind, machine, unsynced: "lost", ...at };
    case "clock_jump":
      return { kind, machine, byMs: 1_000, ...at };
    case "clock_drift":
      return { kind, machine, rate: 1.1, ...at };
    case "partition":
      return { kind, shape: "one_way", cut: [["b", "a"]], ...at };
    case "reset":
    case "half_open":
      return { kind, between: ["b", "a"], ...at };
    case "packet_loss":
    case "duplication":
    case "reordering":
      return { kind, rate: 0.5, ...at };
    case "slow_network":
      return { kind, factor: 10, ...at };
    case "narrow_network":
      return { kind, bytesPerSecond: 10_000, ...at };
    case "read_error":
    case "write_error":
    case "sync_error":
    case "misdirected_write":
      return { kind, machine, rate: 0.5, ...at };
    case "slow_disk":
      return { kind, machine, factor: 10, ...at };
    default:
      return { kind, machine, ...at };
  }
}

describe("the injector", () => {
  test.each(Object.keys(kinds) as FaultKind[])(
    "%s makes a difference while it holds",
    async (kind) => {
      const bitesAt: number[] = [];
      const result = await runSimulation({ seed: 3, keepsTrace: true }, async (simulation) => {
        new FaultInjector(simulation, [faultOf(kind)]).start();
        await everything(simulation, 6_000);
      });
      for (const { atMs, happening } of result.records) {
        if (happening.type === "bite" && happening.kind === kind) bitesAt.push(atMs);
      }
      expect(result.failure).toBeNull();
      expect(result.bites.get(kind)).toBeGreaterThan(0);
      expect(bitesAt[0]).toBeGreaterThanOrEqual(500);
      // A clock that jumped stays, and what was slow, lost or torn shows a little later.
      expect(bitesAt.at(-1)).toBeLessThan(3_000);
      const others = [...result.bites.keys()].filter((other) => other !== kind);
      expect(others.filter((other) => other !== "power_loss")).toEqual([]);
    },
  );

  test("a healed world is whole again, and what was to come does not come", async () => {
    const faults: readonly Fault[] = [
      { kind: "kill", machine: "a", atMs: 100, durationMs: 1e6 },
      { kind: "pause", machine: "b", atMs: 100, durationMs: 1e6 },
      { kind: "partition", shape: "single", cut: [["c", "a"]], atMs: 100, durationMs: 1e6 },
      { kind: "disk_full", machine: "d", atMs: 100, durationMs: 1e6 },
      { kind: "kill", machine: "e", atMs: 3_000, durationMs: 1e6 },
    ];
    const result = await runSimulation({ seed: 3, keepsTrace: true }, async (simulation) => {
      const injector = new FaultInjector(simulation, faults);
      injector.start();
      simulation.after(1_000, () => {
        expect(simulation.machines.map(({ state }) => state)).toEqual([
          "down",
          "paused",
          "running",
          "running",
          "running",
        ]);
        injector.heal();
      });
      await everything(simulation, 30_000);
      expect(simulation.machines.map(({ state }) => state)).toEqual(machines.map(() => "running"));
    });
    expect(result.failure).toBeNull();
    const late = result.records.filter(({ atMs }) => atMs > 25_000);
    const failed = late.filter(
      ({ happening }) => happening.type === "disk" && happening.outcome !== "ok",
    );
    expect(failed).toEqual([]);
    for (const from of ["b", "c", "d", "e"]) {
      const arrivals = late.filter(
        ({ happening }) =>
          happening.type === "arrive" && happening.from === from && happening.to === "a",
      );
      expect(arrivals.length, from).toBeGreaterThan(10);
    }
  });
});
