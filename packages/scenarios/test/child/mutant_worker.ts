// Plays seeds of a scenario until one fails, and shrinks that one. Runs in a tree of
// sources with a planted bug; see mutants/mutated_tree.ts.
//
// usage: worker.ts SCENARIO FROM SEEDS SHRINKS
// stdout: one line of JSON, a Hunt

import { scenarios } from "@holdfast/scenarios";
import { failureId, formatPlan, type Played, playPlan, playSeed, shrink } from "@holdfast/sim";

const [name, from, seeds, shrinks] = process.argv.slice(2) as [string, string, string, string];
const scenario = scenarios.find((candidate) => candidate.name === name);
if (scenario === undefined) throw new Error(`no scenario ${name}`);
const limits = { eventsMax: 500_000 };

function say(hunt: object): void {
  process.stdout.write(`${JSON.stringify(hunt)}\n`);
}

async function hunt(): Promise<void> {
  for (let played = 1; played <= Number(seeds); played += 1) {
    const seed = Number(from) + played - 1;
    const failed = await playSeed(scenario!, seed, limits);
    if (failed.failure === null) continue;
    const small = await smaller(failed);
    const { error } = failed.failure;
    say({
      seeds: played,
      seed,
      promise: failureId(failed.failure),
      sentence: error instanceof Error ? (error.stack ?? error.message) : String(error),
      events: failed.events,
      shrunkEvents: small.events,
      plan: formatPlan(small.plan),
    });
    return;
  }
  say({ seeds: Number(seeds), seed: null });
}

async function smaller(failed: Played): Promise<Played> {
  const runsMax = Number(shrinks);
  if (runsMax === 0) return failed;
  return await shrink({ failed, runsMax, play: (plan) => playPlan(scenario!, plan, limits) });
}

await hunt();
