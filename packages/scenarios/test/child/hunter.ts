// Plays seeds of a scenario until one breaks one of some promises, and shrinks that run.
// A process of its own plays it, with a planted bug in its sources; see mutants/hunt.ts.
//
// usage: hunter.ts TASK, a HuntTask as JSON
// stdout: one line of JSON, a Hunt

import { scenarios } from "@holdfast/scenarios";
import { failureId, formatPlan, type Played, playPlan, playSeed, shrink } from "@holdfast/sim";
import type { Found, Hunt, HuntTask } from "../mutants/hunt.ts";

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
  const { error } = failed.failure!;
  const small =
    task.shrinkRunsMax === 0
      ? null
      : await shrink({
          failed,
          runsMax: task.shrinkRunsMax,
          play: (plan, eventsMax) => playPlan(scenario!, plan, { eventsMax }),
        });
  return {
    seed: failed.seed,
    promise: failureId(failed.failure!),
    sentence: error instanceof Error ? error.message : String(error),
    events: failed.events,
    shrunk: small === null ? null : { events: small.events, plan: formatPlan(small.plan) },
  };
}

process.stdout.write(`${JSON.stringify(await hunt())}\n`);
