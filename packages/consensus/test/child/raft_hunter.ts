// Plays Raft until something breaks; bundled with a planted bug in it, and told by
// its argument what to play. Prints what came of it, as JSON.

import { runSimulation } from "@holdfast/sim";
import { explore } from "@holdfast/sim/explore";
import { differingTranscripts } from "../differing_transcripts.ts";
import { raftModel, still } from "../explored_raft.ts";
import type { Mutant } from "../mutants/list.ts";
import { RandomCluster } from "../random_cluster.ts";
import { ReplicaCluster } from "../replica_cluster.ts";

interface Task {
  readonly by: Mutant["by"];
  readonly breaks: string;
  readonly seeds: number;
  readonly folder: string;
}

const { by, breaks, seeds, folder } = JSON.parse(process.argv[2]!) as Task;
// Disks take their time, two campaign, and one crashes.
const bounds = { ...still, crashes: 1, inFlight: 6, isSlow: true };
const wanted = new RegExp(breaks);
const others: string[] = [];

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : sentenceOf(error.cause);
}

async function failureOn(seed: number): Promise<unknown> {
  if (by === "replicas") {
    const { failure } = await runSimulation({ seed }, async (simulation) => {
      const cluster = new ReplicaCluster(simulation, 3, 1);
      await cluster.run();
      cluster.judge();
    });
    return failure?.error ?? null;
  }
  try {
    const trouble = by === "elections" || by === "members" ? by : "any";
    new RandomCluster({ seed, steps: 3_000, hasLeases: by === "leases", trouble }).run();
    return null;
  } catch (error) {
    return error;
  }
}

async function hunt(): Promise<{ readonly seed: number; readonly sentence: string } | null> {
  if (by === "transcripts") {
    const sentence = differingTranscripts(folder).join(" ");
    return wanted.test(sentence) ? { seed: 0, sentence } : null;
  }
  if (by === "explore") {
    const { violation } = explore(raftModel(bounds), { statesMax: 1_000_000, depthMax: 300 });
    return violation === null ? null : { seed: 0, sentence: violation.sentence };
  }
  for (let seed = 0; seed < seeds; seed += 1) {
    const error = await failureOn(seed);
    if (error === null) continue;
    const sentence = sentenceOf(error).split("\n")[0]!;
    if (wanted.test(sentence)) return { seed, sentence };
    others.push(sentence);
  }
  return null;
}

console.log(JSON.stringify({ found: await hunt(), others: others.slice(0, 3) }));
