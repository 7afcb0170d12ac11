// The log on a disk that loses power, tears, fails and runs full: what opening gives back is
// what a prefix of the requests came to, and all that was answered is in it (DK1).

import { type MachineWorld, type Simulation, simulate } from "@holdfast/sim";
import { isHoldfastError, randomBelow, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { fresh, Model, openDisk, textOf } from "./disk_rig.ts";

/** What may be found: the states since the last one that was answered. */
interface Books {
  allowed: readonly string[];
  opened: number;
  answered: number;
}

async function life(world: MachineWorld, random: SeededRandom, books: Books): Promise<void> {
  const disk = await openDisk(world.disk);
  const found = textOf(disk.saved);
  expect(books.allowed).toContain(found);
  books.opened += 1;
  const model = new Model(disk.saved);
  let answered = 0;
  const note = () => {
    books.allowed = model.states.slice(answered);
  };
  note();
  for (let count = 0; count < 40; count += 1) {
    const request = model.next(random);
    note();
    const done = disk.persist(request).then(() => {
      answered = Math.max(answered, request.id);
      books.answered += 1;
      note();
    });
    done.catch(() => {});
    if (random.next() < 0.4) await done;
  }
  await disk.close();
}

async function lives(
  simulation: Simulation,
  trouble: (random: SeededRandom) => () => void,
  books: Books,
) {
  const random = new SeededRandom(simulation.seed);
  const machine = simulation.machine("server-1", async (world) => {
    try {
      await life(world, random, books);
    } catch (error) {
      if (!isHoldfastError(error, "io", "disk_full", "closed")) throw error;
    }
  });
  for (let count = 0; count < 6; count += 1) {
    const end = trouble(random);
    machine.start();
    await simulation.sleep(random.next() * 80);
    const how = randomBelow(random, 4);
    if (how === 0) machine.kill();
    else machine.powerLoss((["lost", "torn", "kept"] as const)[how - 1]!);
    end();
  }
}

const begun = (): Books => ({ allowed: [textOf(fresh)], opened: 0, answered: 0 });

describe("what was answered is there, and what is there was asked for", () => {
  test("DK1, DK2: whatever a power loss or a kill leaves", async () => {
    let [opened, answered] = [0, 0];
    await simulate({ seeds: 120 }, async (simulation) => {
      const books = begun();
      await lives(simulation, () => () => {}, books);
      opened += books.opened;
      answered += books.answered;
    });
    expect(opened).toBeGreaterThan(400);
    expect(answered).toBeGreaterThan(2_000);
  });

  test("DK3: where calls fail and room runs out", async () => {
    let [opened, bitten] = [0, 0];
    await simulate({ seeds: 120 }, async (simulation) => {
      const books = begun();
      const disk = () => simulation.machines[0]!.disk;
      const trouble = (random: SeededRandom) => {
        const rates = { writeErrorRate: 0.02, syncErrorRate: 0.05, readErrorRate: 0.02 };
        const undo = random.next() < 0.5 ? disk().fail(rates) : () => {};
        let refill = () => {};
        if (random.next() < 0.3)
          simulation.after(random.next() * 60, () => (refill = disk().fill()));
        return () => {
          undo();
          refill();
        };
      };
      await lives(simulation, trouble, books);
      opened += books.opened;
      bitten += [...simulation.biteCounts].length;
    });
    expect(opened).toBeGreaterThan(200);
    expect(bitten).toBeGreaterThan(50);
  });
});
