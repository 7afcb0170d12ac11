// Ways past the World: each is caught, named, and told even where the program catches it.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { EscapeError, runSimulation } from "../src/index.ts";

const waysOut: readonly (readonly [string, () => unknown])[] = [
  ["Date.now", () => Date.now()],
  ["new Date()", () => new Date()],
  ["Date()", () => Date()],
  ["Math.random", () => Math.random()],
  ["performance.now", () => performance.now()],
  ["process.hrtime", () => process.hrtime()],
  ["setTimeout", () => setTimeout(() => undefined, 1)],
  ["setInterval", () => setInterval(() => undefined, 1)],
  ["setImmediate", () => setImmediate(() => undefined)],
  ["AbortSignal.timeout", () => AbortSignal.timeout(1)],
  ["fetch", () => fetch("http://127.0.0.1:1")],
  ["MessageChannel", () => new MessageChannel()],
  ["crypto.getRandomValues", () => crypto.getRandomValues(new Uint8Array(1))],
  ["crypto.randomUUID", () => crypto.randomUUID()],
  ["crypto.subtle.digest", () => crypto.subtle.digest("SHA-256", new Uint8Array(1))],
  ["crypto.randomBytes", () => randomBytes(1)],
  ["timers/promises.setTimeout", () => wait(1)],
  ["fs/promises.readFile", () => readFile(import.meta.filename)],
  ["net.connect", () => connect(1)],
];

test.each(waysOut)(
  "%s is caught, with the stack of whoever called it",
  async (name, tryToLeave) => {
    const program = async (): Promise<void> => {
      try {
        await tryToLeave();
      } catch {
        // A program that swallows errors must not hide it.
      }
    };
    const { failure } = await runSimulation({ seed: 1 }, async (simulation) => {
      simulation.machine("server", program);
      await simulation.sleep(10);
    });
    expect(failure?.error).toBeInstanceOf(EscapeError);
    const error = failure!.error as EscapeError;
    expect(error.what).toBe(name);
    expect(error.stack).toContain("escapes.test.ts");
  },
);

test("what asks nothing of the outside is let through", async () => {
  const { failure } = await runSimulation({ seed: 1 }, async (simulation) => {
    expect(new Date(0).toISOString()).toBe("1970-01-01T00:00:00.000Z");
    expect(new Date(2020, 1, 1)).toBeInstanceOf(Date);
    expect(Date.UTC(2020, 1, 1)).toBe(1_580_515_200_000);
    expect(Math.max(1, 2)).toBe(2);
    await simulation.sleep(1);
  });
  expect(failure).toBeNull();
});

test("after a run, and between its events, the outside is as it was", async () => {
  const before = [Date, setTimeout, Math.random, fetch, readFile];
  let real: number | null = null;
  const timer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    // Runs while the loop lets real events in.
    real = Date.now();
  });
  const { failure } = await runSimulation({ seed: 1 }, async (simulation) => {
    for (let round = 0; round < 10_000; round += 1) await simulation.sleep(1);
  });
  await timer;
  expect(failure).toBeNull();
  expect(real).not.toBeNull();
  expect([Date, setTimeout, Math.random, fetch, readFile]).toEqual(before);
  expect(Date.now()).toBeGreaterThan(1_600_000_000_000);
});

test("two runs at once are refused, and the first one goes on", async () => {
  const first = runSimulation({ seed: 1 }, (simulation) => simulation.sleep(1_000));
  await expect(runSimulation({ seed: 2 }, async () => undefined)).rejects.toMatchObject({
    code: "locked",
  });
  expect((await first).failure).toBeNull();
});
