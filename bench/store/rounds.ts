// Plays workloads on all targets in turn, round after round, so that what else the machine
// does meanwhile hits all of them, and gives the medians.

import type { Load, Measured, Operation } from "./load.ts";
import { cpuSecondsOf } from "./processes.ts";
import type { Actor } from "./stage.ts";

/** One row of the table: the medians of all rounds. */
export interface Figures {
  readonly target: string;
  readonly inProcess: boolean;
  readonly operation: Operation;
  readonly inFlight: number;
  /** Calls a second by the timetable; null in the closed loop. */
  readonly rate: number | null;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  readonly clientCpuUs: number;
  readonly serverCpuUs: number;
  readonly errors: number;
}

/** A workload for all targets. */
export type Workload = Pick<Load, "operation" | "inFlight" | "rate">;

/** What is the same for all workloads. */
export interface Common extends Omit<Load, keyof Workload> {
  readonly rounds: number;
  /** Connections of a client, at most one for each call in flight; null is what is best for its target. */
  readonly connections: number | null;
}

/** The figures of each target that offers the operation. */
export async function play(
  actors: readonly Actor[],
  workload: Workload,
  { rounds, connections, ...common }: Common,
): Promise<Figures[]> {
  const found = new Map<Actor, Omit<Figures, keyof Identity>[]>(actors.map((actor) => [actor, []]));
  for (const { client, running, target } of actors) {
    if (target.inProcess) continue;
    const count = Math.min(workload.inFlight, connections ?? target.connectionsBest);
    await client.connect(target.name, running.address, count);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const actor of actors) {
      const figures = await measure(actor, { ...common, ...workload });
      if (figures !== null) found.get(actor)!.push(figures);
    }
  }
  return [...found].flatMap(([{ target }, all]) => {
    if (all.length === 0) return [];
    const of = (field: keyof (typeof all)[number]) => median(all.map((figures) => figures[field]));
    const identity: Identity = { target: target.name, inProcess: target.inProcess, ...workload };
    return {
      ...identity,
      perSecond: of("perSecond"),
      p50Us: of("p50Us"),
      p99Us: of("p99Us"),
      maxUs: of("maxUs"),
      clientCpuUs: of("clientCpuUs"),
      serverCpuUs: of("serverCpuUs"),
      errors: Math.max(...all.map(({ errors }) => errors)),
    };
  });
}

type Identity = Pick<Figures, "target" | "inProcess" | keyof Workload>;

async function measure(
  { client, running }: Actor,
  load: Load,
): Promise<Omit<Figures, keyof Identity> | null> {
  const before = cpuSecondsOf(running.pids);
  const measured = await client.run(load);
  if (measured === null) return null;
  const serverCpuSeconds = cpuSecondsOf(running.pids) - before;
  return figuresOf(measured, serverCpuSeconds, load);
}

function figuresOf(
  { count, seconds, errors, firstError, clientCpuSeconds, ...latencies }: Measured,
  serverCpuSeconds: number,
  { warmUpMs, measureMs }: Load,
): Omit<Figures, keyof Identity> {
  if (count === 0) throw new Error(`nothing succeeded: ${firstError}`);
  // The servers' time is over the warm-up too, which can't be seen from outside.
  const share = measureMs / (warmUpMs + measureMs);
  return {
    ...pick(latencies),
    perSecond: count / seconds,
    clientCpuUs: (clientCpuSeconds / count) * 1e6,
    serverCpuUs: ((serverCpuSeconds * share) / count) * 1e6,
    errors,
  };
}

function pick({ p50Us, p99Us, maxUs }: Pick<Measured, "p50Us" | "p99Us" | "maxUs">) {
  return { p50Us, p99Us, maxUs };
}

/** The middle one; of an even number the lower. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1]!;
}
