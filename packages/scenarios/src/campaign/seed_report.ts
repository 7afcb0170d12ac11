// What came of one seed, as data that can be sent from one process to another.

import { type FaultKind, failureId, type Played, playSeed, type Scenario } from "@holdfast/sim";

/** What came of one seed of a scenario. */
export interface SeedReport {
  readonly scenario: string;
  readonly seed: number;
  /** What broke; null where nothing did. */
  readonly failure: SeedFailure | null;
  readonly events: number;
  readonly virtualMs: number;
  /** How long it took, on the wall. */
  readonly elapsedMs: number;
  /** Kinds of faults that were drawn. */
  readonly drawn: readonly FaultKind[];
  /** How often each kind made a difference; kinds that never did are absent. */
  readonly bites: readonly (readonly [kind: FaultKind, count: number])[];
  /** What was really done and compared. */
  readonly counts: Readonly<Record<string, number>>;
}

/** What broke on a seed. */
export interface SeedFailure {
  /** The promise that was broken, or the sort of error. */
  readonly id: string;
  /** A sentence for people. */
  readonly sentence: string;
}

/** Plays one seed. @param nowMs - A clock that only moves forwards. */
export async function reportSeed(
  scenario: Scenario,
  seed: number,
  nowMs: () => number,
): Promise<SeedReport> {
  const beganMs = nowMs();
  const played = await playSeed(scenario, seed);
  const { events, virtualMs, counts, plan } = played;
  return {
    scenario: scenario.name,
    seed,
    failure: played.failure === null ? null : describeFailure(played.failure),
    events,
    virtualMs,
    elapsedMs: nowMs() - beganMs,
    drawn: [...new Set(plan.faults.map(({ kind }) => kind))],
    bites: [...played.bites],
    counts,
  };
}

/** What broke, in words. */
export function describeFailure(failure: NonNullable<Played["failure"]>): SeedFailure {
  const { error } = failure;
  const sentence = error instanceof Error ? error.message : String(error);
  return { id: failureId(failure), sentence };
}
