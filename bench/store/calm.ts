// A cluster of three under steady load for an hour, in which nobody may campaign: each term
// that begins after the first leader's is an election, and is told with how long the machine
// let this process wait shortly before, which may be its cause.
//
//   npm run bench:store:calm -- [--minutes 60] [--rate 100] [--folder DIR]

import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { ClientProcess } from "./client_process.ts";
import type { Load, Measured } from "./load.ts";
import { Stage } from "./stage.ts";
import { raft3 } from "./targets/holdfast.ts";
import { memoryOf, Starvation, termOf } from "./watch.ts";

const keys = 10_000;
const valueSizeBytes = 256;
const sliceMs = 10_000;
const lookEveryMs = 250;

/** Puts by a timetable until `untilMs`; hands each slice of figures on. */
async function putUntil(client: ClientProcess, untilMs: number, rate: number): Promise<Measured[]> {
  const load: Load = {
    ...{ operation: "put", inFlight: 1, keys, valueSizeBytes, rate },
    ...{ warmUpMs: 0, measureMs: sliceMs },
  };
  const slices: Measured[] = [];
  while (performance.now() < untilMs) slices.push((await client.run(load))!);
  return slices;
}

/** Tells of each new term until `isOver`; how many there were. */
async function countElections(ports: readonly number[], isOver: () => boolean): Promise<string[]> {
  const starvation = new Starvation();
  const begun = performance.now();
  const elections: string[] = [];
  let term = await termOf(ports);
  let before = 0;
  while (!isOver()) {
    const waited = starvation.take();
    const now = await termOf(ports);
    if (now !== null && term !== null && now > term) {
      const minute = ((performance.now() - begun) / 60_000).toFixed(1);
      const told = `minute ${minute}: term ${now} after ${term}; this process waited up to ${Math.max(waited, before)} ms`;
      elections.push(told);
      console.log(told);
    }
    term = now ?? term;
    before = waited;
    await sleep(lookEveryMs);
  }
  starvation.end();
  return elections;
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { minutes: text, rate: text, folder: text } });
  const minutes = Number(values.minutes ?? 60);
  const rate = Number(values.rate ?? 100);
  if (!(minutes > 0 && rate > 0)) throw new Error("--minutes and --rate are numbers above 0");
  const problem = raft3.missing();
  if (problem !== null) throw new Error(problem);
  const stage = new Stage(values.folder ?? tmpdir());
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => void stage.endAtOnce().finally(() => process.exit(130)));
  }
  try {
    await stage.prepare();
    const { client, running, target } = await stage.start(raft3);
    await client.connect(target.name, running.address, 1);
    await client.fill(0, keys, valueSizeBytes);
    let isOver = false;
    const ports = running.address.split(",").map(Number);
    const watching = countElections(ports, () => isOver);
    const slices = await putUntil(client, performance.now() + minutes * 60_000, rate);
    isOver = true;
    const elections = await watching;
    const sum = (of: (slice: Measured) => number) => slices.reduce((all, one) => all + of(one), 0);
    const most = (of: (slice: Measured) => number) => Math.max(...slices.map(of));
    const memory = running.pids.map((pid) => memoryOf(pid));
    console.log(
      `${minutes} minutes, ${sum(({ count }) => count).toLocaleString("en")} puts, ${sum(({ errors }) => errors)} errors; longest ${(most(({ maxUs }) => maxUs) / 1e3).toFixed(0)} ms; memory of nodes ${memory.map(({ nowMb, mostMb }) => `${nowMb} MB (at most ${mostMb})`).join(", ")}; ${elections.length} elections`,
    );
    if (elections.length > 0) process.exitCode = 1;
  } finally {
    await stage.end();
  }
}

await main();
