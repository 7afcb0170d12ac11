// Many seeds, one after another, as a test: the first that fails is played again,
// and told with all that one needs to play it once more.

import { HoldfastError } from "@holdfast/std";
import { transcript } from "../picture/transcript.ts";
import { type RunOptions, type RunResult, runSimulation } from "./run_simulation.ts";
import type { Simulation } from "./simulation.ts";

/** The last lines of a failed run that its error shows. */
const linesShownMax = 40;

/** Options for {@link simulate}. */
export interface SimulateOptions extends Omit<RunOptions, "seed" | "keepsTrace"> {
  /** How many seeds to play. */
  readonly seeds: number;
  /** The first of them; 1 unless given. */
  readonly firstSeed?: number;
}

/** A seed on which a promise was broken. `cause` is what was thrown. */
export class SimulationError extends Error {
  readonly seed: number;
  /** The run, with its records. */
  readonly result: RunResult;

  constructor(result: RunResult, text: string) {
    super(text, { cause: result.failure?.error });
    this.name = "SimulationError";
    this.seed = result.seed;
    this.result = result;
  }
}

/**
 * Runs `body` on each of `seeds` worlds. With `HOLDFAST_SEED` in the environment, on
 * that seed alone.
 *
 * @throws {SimulationError} For the first seed that fails: with its number, the end
 *   of its transcript, and what broke. It was played twice then; where the two
 *   differ, the error says so instead.
 * @throws {HoldfastError} `locked` where another run is under way in this process.
 */
export async function simulate(
  options: SimulateOptions,
  body: (simulation: Simulation) => Promise<void>,
): Promise<void> {
  const { seeds, firstSeed = 1, ...limits } = options;
  const chosen = process.env.HOLDFAST_SEED;
  const first = chosen === undefined ? firstSeed : Number(chosen);
  if (!Number.isSafeInteger(first)) {
    throw new HoldfastError("invalid_argument", `HOLDFAST_SEED=${chosen} is no whole number`);
  }
  const count = chosen === undefined ? seeds : 1;
  for (let seed = first; seed < first + count; seed += 1) {
    const result = await runSimulation({ ...limits, seed }, body);
    if (result.failure === null) continue;
    const again = await runSimulation({ ...limits, seed, keepsTrace: true }, body);
    throw new SimulationError(again, describe(result, again));
  }
}

function describe(result: RunResult, again: RunResult): string {
  const { seed, failure, traceHash } = result;
  const reason = failure?.error instanceof Error ? failure.error.message : String(failure?.error);
  if (again.traceHash !== traceHash) {
    const hashes = `${traceHash} and then ${again.traceHash}`;
    return `seed ${seed} failed (${reason}), and ran differently when played again (${hashes}): something in it is not the seed's`;
  }
  const lines = transcript(again.records, { linesMax: linesShownMax });
  const replay = `Play it again with HOLDFAST_SEED=${seed}.`;
  return [`seed ${seed} failed: ${reason}`, ...lines, replay].join("\n");
}
