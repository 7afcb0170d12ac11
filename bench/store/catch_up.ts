// A follower that missed nearly all comes back, while others write at a steady rate: how
// long until it has everything, how long the longest write was held up by that, and how
// much memory the nodes needed.
//
//   npm run bench:store:catch-up -- [--megabytes 1000] [--rate 500] [--folder DIR]

import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { fill } from "./load.ts";
import { onRaft3 } from "./on_raft3.ts";
import { SteadyPuts, steadyText } from "./steady.ts";
import type { Client, Running } from "./target.ts";
import { raft3 } from "./targets/holdfast.ts";
import { memoryOf, Starvation } from "./watch.ts";

const valueSizeBytes = 1_024;
/** In the store before the follower leaves. */
const keysBefore = 10_000;
/** How long puts are measured before it comes back, to compare with. */
const calmMs = 15_000;
const value = new Uint8Array(valueSizeBytes).fill(0x61);

/** Puts until `until` resolves; says what came of them and how long this process had to wait. */
async function putDuring(
  client: Client,
  rate: number,
  until: () => Promise<unknown>,
): Promise<string> {
  const starvation = new Starvation();
  const puts = new SteadyPuts(client, { rate, keys: keysBefore, value });
  await until();
  const figures = await puts.end();
  starvation.end();
  return `${steadyText(figures)}; this process waited up to ${starvation.take()} ms`;
}

async function catchUp(running: Running, client: Client, keys: number, rate: number) {
  await fill(client, { from: 0, to: keysBefore, valueSizeBytes });
  const killed = await running.follower!();
  process.kill(killed, "SIGKILL");
  const fillMs = performance.now();
  await fill(client, { from: keysBefore, to: keys, valueSizeBytes });
  console.log(`${keys.toLocaleString("en")} keys in ${seconds(performance.now() - fillMs)} s`);
  const leader = await running.leader!();
  console.log(`before:    ${await putDuring(client, rate, () => sleep(calmMs))}`);
  const before = memoryOf(leader);
  let follower = 0;
  let tookMs = 0;
  const during = await putDuring(client, rate, async () => {
    const begunMs = performance.now();
    follower = await running.restart!(killed);
    while (!(await running.isCaughtUp!(follower))) await sleep(100);
    tookMs = performance.now() - begunMs;
  });
  console.log(`catch-up:  ${during}`);
  const after = memoryOf(leader);
  console.log(`the follower had all of it after ${seconds(tookMs)} s`);
  console.log(
    `megabytes: leader ${before.nowMb} before, ${after.nowMb} after, at most ${before.mostMb} and ${after.mostMb}; follower at most ${memoryOf(follower).mostMb}`,
  );
}

function seconds(ms: number): string {
  return (ms / 1e3).toFixed(1);
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { megabytes: text, rate: text, folder: text } });
  const keys = Math.round((Number(values.megabytes ?? 1_000) * 1e6) / valueSizeBytes);
  const rate = Number(values.rate ?? 500);
  if (!(keys > keysBefore && rate > 0)) throw new Error("--megabytes and --rate: above 3 and 0");
  await onRaft3("catch-up", values.folder ?? tmpdir(), async (running) => {
    const client = await raft3.connect(running.address, 1);
    await catchUp(running, client, keys, rate);
    await client.close();
  });
}

await main();
