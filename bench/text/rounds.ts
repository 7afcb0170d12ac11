// Measures all peers in turn, run after run, so that what else the machine does meanwhile
// hits all of them, and gives medians.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isConverted } from "./conversion.ts";
import { dist, versionOf } from "./installation.ts";
import type { Figures, Job, TaskName } from "./job.ts";
import type { PeerEntry } from "./peer.ts";
import { runJob } from "./process.ts";
import type { TraceFile } from "./trace.ts";

/** How much is asked of each peer. */
export interface Demands {
  /** Processes for each figure; fewer where a peer takes longer than `taskSecondsMax` for all. */
  readonly runs: number;
  readonly convertSecondsMax: number;
  readonly taskSecondsMax: number;
}

/** What came of a task: figures, or why there are none; neither where the library can't do it. */
export interface Outcome {
  readonly figures: Figures | null;
  readonly failure: string | null;
}

/** A trace, and the peers' conversions of it. */
export class Rounds {
  readonly #trace: TraceFile;
  readonly #peers: readonly PeerEntry[];
  readonly #demands: Demands;
  readonly #folders = new Map<PeerEntry, string>();
  readonly #failures = new Map<PeerEntry, string>();
  // Why a peer has no figures for a task: it is not asked for them in another way again.
  readonly #failed = new Map<TaskName, Map<PeerEntry, string>>();

  constructor(trace: TraceFile, peers: readonly PeerEntry[], demands: Demands) {
    this.#trace = trace;
    this.#peers = peers;
    this.#demands = demands;
  }

  /** Converts the trace for each peer, unless that was done or tried before. */
  async convert(say: (line: string) => void): Promise<void> {
    const name = `${this.#trace.name}-${this.#trace.sha256.slice(0, 8)}`;
    const place = join(dist, "conversions", name);
    mkdirSync(place, { recursive: true });
    for (const entry of this.#peers) {
      const folder = join(place, `${entry.name}-${await this.#format(entry)}`);
      this.#folders.set(entry, folder);
      if (isConverted(folder)) continue;
      const failed = `${folder}-${versionOf(entry)}.failed`;
      if (!existsSync(failed)) {
        const since = performance.now();
        const job = this.#job(entry, "convert", "merge");
        const answer = await runJob(job, this.#demands.convertSecondsMax);
        const seconds = ((performance.now() - since) / 1_000).toFixed(1);
        const result = answer.ok ? `converted in ${seconds} s` : answer.error;
        say(`${this.#trace.name}, ${entry.name}: ${result}`);
        if (answer.ok) continue;
        writeFileSync(failed, answer.error.replace("not done", "not converted"));
      }
      this.#failures.set(entry, readFileSync(failed, "utf8"));
    }
  }

  // Ours changes while it is worked upon: what it converted stays good while its formats do.
  async #format(entry: PeerEntry): Promise<string> {
    if (entry.package !== null) return versionOf(entry);
    const answer = await runJob(this.#job(entry, "format", "merge"), 60);
    if (!answer.ok) throw new Error(answer.error);
    return answer.format!;
  }

  /** Medians for each peer. */
  async measure(type: "time" | "memory", task: TaskName): Promise<Map<PeerEntry, Outcome>> {
    const found = new Map<PeerEntry, Figures[]>(this.#peers.map((entry) => [entry, []]));
    const seconds = new Map<PeerEntry, number>(this.#peers.map((entry) => [entry, 0]));
    const failures = this.#failed.get(task) ?? new Map(task === "local" ? [] : this.#failures);
    this.#failed.set(task, failures);
    const { taskSecondsMax } = this.#demands;
    for (let run = 0; run < this.#demands.runs; run += 1) {
      for (const [entry, figures] of found) {
        const isUnable = run > 0 && figures.length === 0;
        if (failures.has(entry) || isUnable || seconds.get(entry)! > taskSecondsMax) continue;
        const since = performance.now();
        const answer = await runJob(this.#job(entry, type, task), 2 * taskSecondsMax);
        seconds.set(entry, seconds.get(entry)! + (performance.now() - since) / 1_000);
        if (!answer.ok) failures.set(entry, answer.error);
        else if (answer.figures !== null) figures.push(answer.figures);
      }
    }
    const outcomes = [...found].map(([entry, figures]): [PeerEntry, Outcome] => {
      const failure = failures.get(entry) ?? null;
      const isEmpty = failure !== null || figures.length === 0;
      return [entry, { figures: isEmpty ? null : medians(figures), failure }];
    });
    return new Map(outcomes);
  }

  #job(entry: PeerEntry, type: Job["type"], task: TaskName): Job {
    const folder = this.#folders.get(entry) ?? "";
    return { type, peer: entry.name, trace: this.#trace.path, folder, task };
  }
}

function medians(all: readonly Figures[]): Figures {
  const keys = Object.keys(all[0]!) as (keyof Figures)[];
  const pairs = keys.map((key) => {
    const values = all.flatMap((figures) => figures[key] ?? []).sort((a, b) => a - b);
    return [key, values[values.length >> 1]!];
  });
  return Object.fromEntries(pairs) as Figures;
}
