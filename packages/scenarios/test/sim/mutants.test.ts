// The simulator finds bugs: each planted one breaks a promise within a few hundred seeds,
// and on the seed that found it nothing fails without it. See docs/mutants.md.

import { beforeAll, describe, expect, test, vi } from "vitest";
import { type Hunt, hunt, huntAll } from "../mutants/hunt.ts";
import { mutants, seedsMax } from "../mutants/list.ts";
import { type Mutant, planted } from "../mutants/mutant.ts";

// All of them together take minutes.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

describe("a mutant", () => {
  const hunts = new Map<Mutant, Hunt | Error>();
  const seedsOf = new Map<string, Set<number>>();

  beforeAll(async () => {
    await huntAll(mutants, { seedsMax, shrinkRunsMax: 0 }, (mutant, came) => {
      hunts.set(mutant, came);
      if (came instanceof Error || came.found === null) return;
      const seeds = seedsOf.get(mutant.scenario) ?? new Set();
      seedsOf.set(mutant.scenario, seeds.add(came.found.seed));
    });
  });

  test.each(mutants)("falls: $id", (mutant) => {
    const came = hunts.get(mutant)!;
    if (came instanceof Error) throw came;
    expect(came.found, JSON.stringify(came.others)).not.toBeNull();
    expect(mutant.breaks).toContain(came.found!.promise);
  });

  test("is what fails: without it, the seeds that found them keep every promise", async () => {
    expect(seedsOf.size).toBe(new Set(mutants.map(({ scenario }) => scenario)).size);
    const plays = [...seedsOf].map(async ([scenario, seeds]) => {
      const task = { scenario, seeds: [...seeds], breaks: null, shrinkRunsMax: 0, draws: false };
      expect(await hunt(null, task)).toEqual({ played: seeds.size, others: {}, found: null });
    });
    await Promise.all(plays);
  });

  test("has a name of its own, and promises that it breaks", () => {
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
    for (const { breaks } of mutants) expect(breaks.length).toBeGreaterThan(0);
  });
});

describe("a patch", () => {
  const mutant: Mutant = {
    id: "a_bug",
    bug: "Adds where it should subtract.",
    file: "packages/std/src/crc32c.ts",
    find: "left - right",
    replace: "left + right",
    scenario: "store",
    seed: 0,
    breaks: ["ST8"],
  };

  test("changes its place and nothing else", () => {
    expect(planted(mutant, "a; left - right; b")).toBe("a; left + right; b");
  });

  test.each(["nothing of it", "left - right, left - right"])("fails loudly on %j", (source) => {
    expect(() => planted(mutant, source)).toThrow("mutant a_bug: its text is");
  });

  test("fails loudly where it changes nothing", () => {
    expect(() => planted({ ...mutant, replace: mutant.find }, "left - right")).toThrow("a_bug");
  });

  test("fails the hunt where it does not apply, or its file is in no scenario", async () => {
    const limits = { seeds: [0], shrinkRunsMax: 0, draws: false };
    const task = { scenario: "store", breaks: ["ST8"], ...limits };
    await expect(hunt(mutant, task)).rejects.toThrow("its text is 0 times");
    const elsewhere = { ...mutant, file: "packages/holdfast/src/main.ts" };
    await expect(hunt(elsewhere, task)).rejects.toThrow("is in no scenario");
  });
});
