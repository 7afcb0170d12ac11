// Plays seeds of a scenario until one breaks one of some promises, and shrinks that run.
// A process of its own plays it, with a planted bug in its sources; see mutants/hunt.ts.
//
// usage: hunter.ts TASK, a HuntTask as JSON
// stdout: one line of JSON, a Hunt

import { scenarios } from "@holdfast/scenarios";
import {
  diagramPage,
  failureId,
  formatPlan,
  type Played,
  playPlan,
  playSeed,
  shrink,
} from "@holdfast/sim";
import type { Found, Hunt, HuntTask, Shrunk } from "../mutants/hunt.ts";

const task = JSON.parse(process.argv.at(-1)!) as HuntTask;
const scenario = scenarios.find(({ name }) => name === task.scenario);
if (scenario === undefined) throw new Error(`no scenario ${task.scenario}`);
// A bug may have a program go round in circles; sound runs have 5 times fewer.
const limits = { eventsMax: 1_000_000 };

async function hunt(): Promise<Hunt> {
  const others: Record<string, number> = {};
  for (const [index, seed] of task.seeds.entries()) {
    const played = await playSeed(scenario!, seed, limits);
    if (played.failure === null) continue;
    const promise = failureId(played.failure);
    const counts = task.breaks === null || task.breaks.includes(promise);
    if (counts) return { played: index + 1, others, found: await found(played) };
    others[promise] = (others[promise] ?? 0) + 1;
  }
  return { played: task.seeds.length, others, found: null };
}

async function found(failed: Played): Promise<Found> {
  return {
    seed: failed.seed,
    promise: failureId(failed.failure!),
    sentence: sentenceOf(failed),
    events: failed.events,
    shrunk: task.shrinkRunsMax === 0 ? null : await shrunk(failed),
  };
}

async function shrunk(failed: Played): Promise<Shrunk> {
  const small = await shrink({
    failed,
    runsMax: task.shrinkRunsMax,
    play: (plan, eventsMax) => playPlan(scenario!, plan, { eventsMax }),
  });
  const page = task.draws ? await draw(small) : null;
  return { events: small.events, plan: formatPlan(small.plan), page };
}

async function draw({ plan }: Played): Promise<string> {
  const played = await playPlan(scenario!, plan, { ...limits, keepsTrace: true });
  const { describeMessage } = scenario!;
  return diagramPage({
    title: `${plan.scenario}, seed ${plan.seed}, shrunk`,
    records: played.records,
    summary: [sentenceOf(played)],
    ...(describeMessage === undefined ? {} : { describeMessage }),
  });
}

function sentenceOf({ failure }: Played): string {
  const { error } = failure!;
  return error instanceof Error ? error.message : String(error);
}

process.stdout.write(`${JSON.stringify(await hunt())}\n`);
