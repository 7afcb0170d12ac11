// Plays a plan, and says what came of it.

import type { FaultKind } from "../faults/fault.ts";
import { type RunOptions, type RunResult, runSimulation } from "../run/run_simulation.ts";
import type { Simulation } from "../run/simulation.ts";
import { type Operation, type Plan, type Scenario, ViolationError } from "./plan.ts";

/** What came of a plan. */
export interface Played<Work extends Operation = Operation> extends RunResult {
  readonly plan: Plan<Work>;
  /** What the scenario counted; empty where the run failed. */
  readonly counts: Readonly<Record<string, number>>;
  /** Kinds of faults that were in the plan and made no difference, sorted. */
  readonly idleKinds: readonly FaultKind[];
}

/** Options for {@link playPlan}. */
export type PlayOptions = Omit<RunOptions, "seed">;

/**
 * Plays `plan` to its end or to the first broken promise.
 *
 * @throws {HoldfastError} `locked` where another run is under way in this process.
 */
export async function playPlan<Work extends Operation>(
  scenario: Scenario<Work>,
  plan: Plan<Work>,
  options: PlayOptions = {},
): Promise<Played<Work>> {
  let counts: Readonly<Record<string, number>> = {};
  const body = async (simulation: Simulation): Promise<void> => {
    counts = await scenario.run(simulation, plan);
  };
  const result = await runSimulation({ ...options, seed: plan.seed }, body);
  const drawn = new Set(plan.faults.map(({ kind }) => kind));
  const idleKinds = [...drawn].filter((kind) => !result.bites.has(kind)).sort();
  return { ...result, plan, counts, idleKinds };
}

/**
 * Plays what `scenario` draws on `seed`. A run that counted nothing of something, or
 * in which none of the faults that were drawn made a difference, fails as `P0`: it
 * proved nothing.
 */
export async function playSeed<Work extends Operation>(
  scenario: Scenario<Work>,
  seed: number,
  options: PlayOptions = {},
): Promise<Played<Work>> {
  const played = await playPlan(scenario, scenario.draw(seed), options);
  const nothing = whatWasMissing(played);
  if (played.failure !== null || nothing === null) return played;
  return { ...played, failure: { error: new ViolationError("P0", nothing) } };
}

function whatWasMissing({ counts, plan, bites }: Played): string | null {
  const empty = Object.entries(counts).find(([, count]) => count === 0);
  if (empty !== undefined) return `not one of: ${empty[0]}`;
  return plan.faults.length > 0 && bites.size === 0 ? "no fault made a difference" : null;
}

/** Which promise a failure broke, or what sort of error it was: two failures of one sort are one for a shrinker. */
export function failureId(failure: { readonly error: unknown }): string {
  const { error } = failure;
  if (error instanceof ViolationError) return error.promise;
  if (!(error instanceof Error)) return String(error);
  // Messages of invariants begin with an id; those of typed errors carry a code.
  const id = /^(?:invariant broken: )?([A-Z]{1,3}\d+):/.exec(error.message)?.[1];
  return id ?? (error as { readonly code?: string }).code ?? error.name;
}
