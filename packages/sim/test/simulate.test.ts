// Many seeds as a test: the first that fails is told with all that one needs to play it again.

import { afterEach, expect, test, vi } from "vitest";
import { SimulationError, simulate } from "../src/index.ts";

afterEach(() => vi.unstubAllEnvs());

test("the first seed that fails is named, with what happened, and plays again by its name", async () => {
  const played: number[] = [];
  const body = async (simulation: {
    seed: number;
    note(text: string): void;
    sleep(ms: number): Promise<void>;
  }) => {
    played.push(simulation.seed);
    await simulation.sleep(simulation.seed);
    simulation.note(`seed ${simulation.seed} was here`);
    if (simulation.seed >= 4) throw new Error("four is too many");
  };
  const error = await simulate({ seeds: 10 }, body).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SimulationError);
  const { message, seed, result, cause } = error as SimulationError;
  expect(seed).toBe(4);
  expect(cause).toEqual(new Error("four is too many"));
  expect(result.records.length).toBeGreaterThan(0);
  expect(message.split("\n")[0]).toBe("seed 4 failed: four is too many");
  expect(message).toContain("seed 4 was here");
  expect(message).toContain("HOLDFAST_SEED=4");
  // Each once, and the one that failed once more.
  expect(played).toEqual([1, 2, 3, 4, 4]);
  played.length = 0;
  vi.stubEnv("HOLDFAST_SEED", "9");
  await expect(simulate({ seeds: 10 }, body)).rejects.toThrow("seed 9 failed");
  expect(played).toEqual([9, 9]);
  vi.stubEnv("HOLDFAST_SEED", "nine");
  await expect(simulate({ seeds: 10 }, body)).rejects.toMatchObject({ code: "invalid_argument" });
});

test("a run that differs when it is played again is told as such", async () => {
  let plays = 0;
  const body = async (simulation: { sleep(ms: number): Promise<void> }): Promise<void> => {
    plays += 1;
    await simulation.sleep(plays);
    throw new Error("it failed");
  };
  await expect(simulate({ seeds: 1 }, body)).rejects.toThrow("something in it is not the seed's");
});

test("seeds that all pass are all played, from the first one on", async () => {
  const played: number[] = [];
  await simulate({ seeds: 3, firstSeed: 20 }, async ({ seed }) => void played.push(seed));
  expect(played).toEqual([20, 21, 22]);
});
