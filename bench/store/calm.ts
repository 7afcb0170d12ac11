// A cluster of three under steady load for an hour, in which nobody may campaign without a
// cause: each term that begins is an election, and is told with how long the machine let the
// nodes wait for a processor shortly before. Where that is nearly as long as followers wait
// for a leader, it is a cause.
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
import { memoryOf, termOf, waitedMsOf } from "./watch.ts";

const keys = 10_000;
const valueSizeBytes = 256;
const lookEveryMs = 250;

/** Milliseconds without a processor, of those that were looked back on, that count as a cause. */
const causeMs = 400;
/** How many looks back a cause may lie: 1.5 s. */
const looksBack = 6;

/** How often terms began, and how often without a cause. */
interface Elections {
  all: number;
  causeless: number;
}

/** Looks at the terms for `minutes`, and tells of each new one. */
async function countElections({ address, pids }: Running, minutes: number): Promise<Elections> {
  const ports = address.split(",").map(Number);
  const begunMs = performance.now();
  const minute = () => (performance.now() - begunMs) / 60_000;
  const elections: Elections = { all: 0, causeless: 0 };
  const looks: (readonly number[])[] = [pids.map(waitedMsOf)];
  let term = (await termOf(ports)) ?? 0;
  while (minute() < minutes) {
    await sleep(lookEveryMs);
    const now = (await termOf(ports)) ?? term;
    const waited = pids.map(waitedMsOf);
    const longest = Math.max(...waited.map((ms, at) => ms - looks[0]![at]!));
    if (looks.push(waited) > looksBack) looks.shift();
    if (now > term) {
      elections.all += now - term;
      if (longest < causeMs) elections.causeless += now - term;
      console.log(
        `minute ${minute().toFixed(1)}: term ${now} after ${term}; a node had no processor for ${longest.toFixed(0)} ms shortly before`,
      );
      term = now;
    }
  }
  return elections;
}

async function watch(running: Running, minutes: number, rate: number): Promise<void> {
  const client = await raft3.connect(running.address, 1);
  await fill(client, { from: 0, to: keys, valueSizeBytes });
  const value = new Uint8Array(valueSizeBytes).fill(0x61);
  const puts = new SteadyPuts(client, { rate, keys, value });
  const elections = await countElections(running, minutes);
  const figures = await puts.end();
  const megabytes = running.pids.map(memoryOf);
  const share = running.pids.map((pid) => waitedMsOf(pid) / (minutes * 600));
  console.log(
    `${minutes} minutes: ${elections.all} elections, ${elections.causeless} without a cause; ${steadyText(figures)}`,
  );
  console.log(
    `per cent of the time without a processor: ${share.map((one) => one.toFixed(1)).join(", ")}`,
  );
  console.log(`megabytes of the nodes: ${megabytes.join(", ")}`);
  await client.close();
  if (elections.causeless > 0 || figures.errors > 0) process.exitCode = 1;
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
