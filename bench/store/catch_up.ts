// A follower that missed nearly all comes back, while others write at a steady rate: how
// long until it has everything, how long the longest write was held up by that, how long
// the leader was at one piece of work, and how much memory the nodes needed.
//
//   npm run bench:store:catch-up -- [--megabytes 1000] [--rate 500] [--folder DIR]

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { isHoldfastError } from "@holdfast/std";
import { fill } from "./load.ts";
import { onRaft3 } from "./on_raft3.ts";
import { SteadyPuts, steadyText } from "./steady.ts";
import type { Client, Running } from "./target.ts";
import { raft3 } from "./targets/holdfast.ts";
import { MemoryPeak, memoryOf, waitedMsOf } from "./watch.ts";

const valueSizeBytes = 4_096;
/** In the store before the follower leaves. */
const keysBefore = 10_000;
/** How long puts are measured before it comes back, to compare with. */
const calmMs = 15_000;
const againMs = 200;
/** What a machine that is too busy, or the loss of a leader, has writes fail with. */
const passing = ["unavailable", "unknown_outcome", "overloaded", "too_old"] as const;
const value = new Uint8Array(valueSizeBytes).fill(0x61);

/** What writes at a steady rate, and who takes them. */
interface Writing {
  readonly rate: number;
  /** The process that leads. */
  readonly leader: number;
  /** Where nodes write how long their longest turn was: see turns.mjs. */
  readonly turns: string;
}

/** Puts until `until` resolves; says what came of them, and of the leader meanwhile. */
async function putDuring(
  client: Client,
  { rate, leader, turns }: Writing,
  until: () => Promise<unknown>,
): Promise<string> {
  process.kill(leader, "SIGUSR2");
  const begunMs = performance.now();
  const waitedMs = waitedMsOf(leader);
  const puts = new SteadyPuts(client, { rate, keys: keysBefore, value });
  await until();
  const figures = await puts.end();
  const share = (waitedMsOf(leader) - waitedMs) / (performance.now() - begunMs);
  const file = `${turns}${leader}`;
  const longest = existsSync(file) ? readFileSync(file, "utf8") : "?";
  return `${steadyText(figures)}; the leader had no processor for ${(share * 100).toFixed(0)} % of the time, and its longest turn took ${longest} ms of one`;
}

/** Fills as `client` does, and again where the leader was lost meanwhile: these writes may come twice. */
function patient(client: Client): Client {
  const again = async (keys: readonly Uint8Array[], bytes: Uint8Array): Promise<unknown> => {
    try {
      return await client.fill(keys, bytes);
    } catch (error) {
      if (!isHoldfastError(error, ...passing)) throw error;
      await sleep(againMs);
      return again(keys, bytes);
    }
  };
  return { ...client, fill: again };
}

async function catchUp(
  running: Running,
  client: Client,
  { keys, rate, turns }: { readonly keys: number; readonly rate: number; readonly turns: string },
): Promise<void> {
  await fill(client, { from: 0, to: keysBefore, valueSizeBytes });
  const killed = await running.follower!();
  process.kill(killed, "SIGKILL");
  const fillMs = performance.now();
  await fill(client, { from: keysBefore, to: keys, valueSizeBytes });
  console.log(`${keys.toLocaleString("en")} keys in ${seconds(performance.now() - fillMs)} s`);
  const leader = await running.leader!();
  const writing: Writing = { rate, leader, turns };
  console.log(`before:    ${await putDuring(client, writing, () => sleep(calmMs))}`);
  const leaderPeak = new MemoryPeak(leader);
  const before = memoryOf(leader);
  let followerMb = 0;
  let tookMs = 0;
  const during = await putDuring(client, writing, async () => {
    const begunMs = performance.now();
    const known = running.pids;
    const restarted = running.restart!(killed);
    const peak = new MemoryPeak(running.pids.find((pid) => !known.includes(pid))!);
    // A node answers nobody before it has nearly all.
    const follower = await restarted;
    while (!(await running.isCaughtUp!(follower))) await sleep(100);
    tookMs = performance.now() - begunMs;
    followerMb = peak.end();
  });
  console.log(`catch-up:  ${during}`);
  console.log(`the follower had all of it after ${seconds(tookMs)} s`);
  console.log(
    `megabytes: leader ${before} before, at most ${leaderPeak.end()} meanwhile; follower at most ${followerMb}`,
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
  const place = values.folder ?? tmpdir();
  const folder = mkdtempSync(join(place, "holdfast-turns-"));
  const turns = join(folder, "longest-");
  // The nodes inherit these.
  process.env.HOLDFAST_TURNS = turns;
  process.env.NODE_OPTIONS = `--import=${pathToFileURL(join(import.meta.dirname, "turns.mjs"))}`;
  try {
    await onRaft3("catch-up", place, async (running) => {
      const client = patient(await raft3.connect(running.address, 1));
      await catchUp(running, client, { keys, rate, turns });
      await client.close();
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
