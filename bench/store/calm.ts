// A cluster of three under steady load for an hour, in which nobody may campaign: each term
// that begins after the first leader's is an election, and is told with how long the machine
// let this process wait shortly before, which may be its cause.
//
//   npm run bench:store:calm -- [--minutes 60] [--rate 100] [--folder DIR]

import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { fill } from "./load.ts";
import { onRaft3 } from "./on_raft3.ts";
import { SteadyPuts, steadyText } from "./steady.ts";
import type { Running } from "./target.ts";
import { raft3 } from "./targets/holdfast.ts";
import { memoryOf, Starvation, termOf } from "./watch.ts";

const keys = 10_000;
const valueSizeBytes = 256;
const lookEveryMs = 250;

/** Looks at the terms for `minutes`, tells of each new one; how many there were. */
async function countElections(ports: readonly number[], minutes: number): Promise<number> {
  const starvation = new Starvation();
  const begunMs = performance.now();
  const minute = () => (performance.now() - begunMs) / 60_000;
  let elections = 0;
  let term = await termOf(ports);
  let longestMs = 0;
  let lastMs = 0;
  while (minute() < minutes) {
    await sleep(lookEveryMs);
    const now = await termOf(ports);
    const waitedMs = starvation.take();
    longestMs = Math.max(longestMs, waitedMs);
    if (now !== null && term !== null && now > term) {
      elections += now - term;
      console.log(
        `minute ${minute().toFixed(1)}: term ${now} after ${term}; this process waited up to ${Math.max(waitedMs, lastMs)} ms`,
      );
    }
    term = now ?? term;
    lastMs = waitedMs;
  }
  starvation.end();
  console.log(`longest wait of this process for a processor: ${longestMs} ms`);
  return elections;
}

async function watch(running: Running, minutes: number, rate: number): Promise<void> {
  const client = await raft3.connect(running.address, 1);
  await fill(client, { from: 0, to: keys, valueSizeBytes });
  const value = new Uint8Array(valueSizeBytes).fill(0x61);
  const puts = new SteadyPuts(client, { rate, keys, value });
  const elections = await countElections(running.address.split(",").map(Number), minutes);
  const figures = await puts.end();
  const memory = running.pids.map((pid) => memoryOf(pid));
  const megabytes = memory.map(({ nowMb, mostMb }) => `${nowMb} (at most ${mostMb})`);
  console.log(`${minutes} minutes: ${elections} elections; ${steadyText(figures)}`);
  console.log(`megabytes of the nodes: ${megabytes.join(", ")}`);
  await client.close();
  if (elections > 0 || figures.errors > 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { minutes: text, rate: text, folder: text } });
  const minutes = Number(values.minutes ?? 60);
  const rate = Number(values.rate ?? 100);
  if (!(minutes > 0 && rate > 0)) throw new Error("--minutes and --rate are numbers above 0");
  await onRaft3("calm", values.folder ?? tmpdir(), (running) => watch(running, minutes, rate));
}

await main();
