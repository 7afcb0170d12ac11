// What a run is told to do: a seed, what the users do, and what goes wrong.
//
// A plan is drawn from its seed, and is plain data from then on: it is printed,
// kept in a file, read again, and shrunk by leaving things out. Chance that is not
// in the plan (latencies, jitter) comes from the seed's named streams.

import { HoldfastError } from "@holdfast/std";
import type { Fault } from "../faults/fault.ts";
import type { DescribeMessage } from "../picture/drawn_record.ts";
import type { Simulation } from "../run/simulation.ts";

/** Something that a workload does, at its time, in milliseconds of true time since the run began. */
export interface Operation {
  readonly atMs: number;
}

/** All that a run is a function of, beside the code. Made of JSON values alone. */
export interface Plan<Work extends Operation = Operation> {
  readonly scenario: string;
  readonly seed: number;
  readonly operations: readonly Work[];
  readonly faults: readonly Fault[];
}

/** A world, a workload, and the promises that are held against what happens. */
export interface Scenario<Work extends Operation = Operation> {
  readonly name: string;
  /** One sentence for `--help`. */
  readonly summary: string;
  /** Says what a message between its machines is, for pictures and transcripts. */
  readonly describeMessage?: DescribeMessage;
  /** Draws what happens on `seed`. */
  draw(seed: number): Plan<Work>;
  /**
   * Plays `plan`, which may be any part of a drawn one.
   *
   * @returns What the run really did and compared: a run in which one of these is 0
   *   proved nothing, and counts as failed where the plan was not cut.
   * @throws {ViolationError} Where a promise was broken; anything else is a failure too.
   */
  run(simulation: Simulation, plan: Plan<Work>): Promise<Readonly<Record<string, number>>>;
}

/** A promise was broken. The message begins with its id. */
export class ViolationError extends Error {
  /** The id of the promise, as `S1`. */
  readonly promise: string;

  constructor(promise: string, sentence: string) {
    super(`${promise}: ${sentence}`);
    this.name = "ViolationError";
    this.promise = promise;
  }
}

/** A plan as text, a line for each operation and fault, for people and for {@link parsePlan}. */
export function formatPlan(plan: Plan): string {
  const { scenario, seed, operations, faults } = plan;
  const list = (items: readonly object[]): string =>
    items.map((item) => `\n    ${JSON.stringify(item)}`).join(",");
  const head = `  "scenario": ${JSON.stringify(scenario)},\n  "seed": ${seed},\n`;
  return `{\n${head}  "operations": [${list(operations)}],\n  "faults": [${list(faults)}]\n}\n`;
}

/**
 * Reads what {@link formatPlan} wrote. What operations and faults hold is not looked
 * into: a plan is a program of its reader's own, not a stranger's.
 *
 * @throws {HoldfastError} `invalid_argument` where it is no plan.
 */
export function parsePlan(text: string): Plan {
  let plan: Partial<Plan>;
  try {
    plan = JSON.parse(text) as Partial<Plan>;
  } catch (cause) {
    throw new HoldfastError("invalid_argument", `no plan: ${cause}`, { cause });
  }
  const { scenario, seed, operations, faults } = plan;
  const isPlan =
    typeof scenario === "string" &&
    Number.isSafeInteger(seed) &&
    Array.isArray(operations) &&
    Array.isArray(faults) &&
    [...operations, ...faults].every(({ atMs }) => Number.isFinite(atMs));
  if (isPlan) return plan as Plan;
  throw new HoldfastError("invalid_argument", "no plan: a field is absent or of another type");
}
