// Measures how fast the simulator is: its bare events, a cluster that idles, and the
// scenarios with all their faults. By processor time, since a run uses one core.
//
//   npm run bench:sim

import { open, openLogPersistence } from "@holdfast/client";
import { storeScenario, syncScenario } from "@holdfast/scenarios";
import { serve } from "@holdfast/server";
import {
  type MachineWorld,
  playSeed,
  type RunResult,
  runSimulation,
  type Scenario,
  type Simulation,
} from "@holdfast/sim";
import { openMemoryStore } from "@holdfast/store";
import type { Connection } from "@holdfast/world";

interface Row {
  readonly what: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly cpuSeconds: number;
}

const everybody = { authenticate: async () => null, authorize: async () => true };
const servers = ["server-1", "server-2", "server-3"];

/** Machines that do nothing but wait for a millisecond, again and again. */
async function timers(simulation: Simulation): Promise<void> {
  for (let index = 0; index < 100; index += 1) {
    simulation.machine(`machine-${index}`, async ({ clock, signal }) => {
      while (!signal.aborted) await clock.sleep(1);
    });
  }
  await simulation.sleep(20_000);
}

/** Two machines that answer each other. */
async function messages(simulation: Simulation): Promise<void> {
  simulation.machine("echo", async ({ network }) => {
    const listener = await network.listen("ws://echo/");
    await answer((await listener.accept())!);
  });
  simulation.machine("caller", async ({ network }) => {
    const connection = await network.connect("ws://echo/");
    connection.send(new Uint8Array(32));
    await answer(connection);
  });
  await simulation.sleep(60_000);
}

async function answer(connection: Connection): Promise<void> {
  for (;;) {
    const message = await connection.receive();
    if (message === null) return;
    connection.send(message);
  }
}

async function server(world: MachineWorld): Promise<void> {
  const store = await openMemoryStore({ world, folder: "store" });
  const listener = await world.network.listen(`ws://${world.machine}/sync`);
  await serve({ world, store, listener, access: everybody });
  await new Promise(() => undefined);
}

/** Three servers, a client at each, a document open in all, and nobody types. */
async function idleCluster(simulation: Simulation): Promise<void> {
  for (const name of servers) simulation.machine(name, server);
  for (const [index, name] of servers.entries()) {
    simulation.machine(`client-${index + 1}`, async (world) => {
      const persistence = await openLogPersistence(world, "copy");
      const database = open({ world, name: "notes", persistence, url: `ws://${name}/sync` });
      await database.doc("notes");
      await new Promise(() => undefined);
    });
  }
  await simulation.sleep(20_000_000);
}

async function measured(what: string, run: () => Promise<readonly RunResult[]>): Promise<Row> {
  await run();
  const before = process.cpuUsage();
  const results = await run();
  const { user, system } = process.cpuUsage(before);
  const sum = (of: (result: RunResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  for (const { failure } of results) if (failure !== null) throw failure.error;
  return {
    what,
    events: sum(({ events }) => events),
    virtualMs: sum(({ virtualMs }) => virtualMs),
    cpuSeconds: (user + system) / 1_000_000,
  };
}

const one = (body: (simulation: Simulation) => Promise<void>) => async () => [
  await runSimulation({ seed: 1 }, body),
];

const seeds = (scenario: Scenario) => async () => {
  const results: RunResult[] = [];
  for (let seed = 1; seed <= 40; seed += 1) results.push(await playSeed(scenario, seed));
  return results;
};

const rows = [
  await measured("100 machines that sleep 1 ms", one(timers)),
  await measured("two machines that answer each other", one(messages)),
  await measured("3 idle servers with a client each", one(idleCluster)),
  await measured("sync, seeds 1 to 40, all faults", seeds(syncScenario)),
  await measured("store, seeds 1 to 40, all faults", seeds(storeScenario)),
];

console.log("| what | events | virtual s | processor s | events/s | virtual s/s |");
console.log("| --- | --: | --: | --: | --: | --: |");
for (const { what, events, virtualMs, cpuSeconds } of rows) {
  const virtualSeconds = virtualMs / 1_000;
  const cells = [
    Math.round(events).toLocaleString("en-US"),
    Math.round(virtualSeconds).toLocaleString("en-US"),
    cpuSeconds.toFixed(2),
    Math.round(events / cpuSeconds).toLocaleString("en-US"),
    Math.round(virtualSeconds / cpuSeconds).toLocaleString("en-US"),
  ];
  console.log(`| ${what} | ${cells.join(" | ")} |`);
}
