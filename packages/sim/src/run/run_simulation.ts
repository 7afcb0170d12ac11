// One run of one seed, from nothing to its result.

import type { BiteCounts } from "../faults/bites.ts";
import { Escapes } from "./escapes.ts";
import type { RunHistory } from "./run_history.ts";
import { Simulation } from "./simulation.ts";
import type { TraceRecord } from "./trace_record.ts";

/** Most events of a run unless told otherwise. */
export const eventsMaxDefault = 20_000_000;
/** Longest run unless told otherwise, in virtual milliseconds: a day. */
export const timeMsMaxDefault = 86_400_000;

/** Options for {@link runSimulation}. */
export interface RunOptions {
  /** Any safe integer. */
  readonly seed: number;
  /** Whether the result has the trace's records; they take memory. */
  readonly keepsTrace?: boolean;
  /** {@link eventsMaxDefault} unless given. */
  readonly eventsMax?: number;
  /** {@link timeMsMaxDefault} unless given. */
  readonly timeMsMax?: number;
}

/** What came of a run. */
export interface RunResult {
  readonly seed: number;
  /** What broke, or null. */
  readonly failure: { readonly error: unknown } | null;
  /** 16 hexadecimal digits over all that happened: the same for the same seed and code. */
  readonly traceHash: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly bites: BiteCounts;
  /** What happened, where `keepsTrace` was set. */
  readonly records: readonly TraceRecord[];
  /** What was asked for and answered, in what the scenario keeps histories of. */
  readonly histories: readonly RunHistory[];
}

/**
 * Runs `body` in a world made of `seed`, to its end or to the first failure: what it
 * throws, what a machine's program throws, a promise that was rejected and that
 * nobody listens to, a way out of the simulation (`EscapeError`), or no end in sight.
 *
 * One at a time in a process, and nothing else happens in the process meanwhile:
 * timers, sockets and files are looked at every few thousand events.
 *
 * @throws {HoldfastError} `locked` where another run is under way.
 */
export async function runSimulation(
  options: RunOptions,
  body: (simulation: Simulation) => Promise<void>,
): Promise<RunResult> {
  const { seed, keepsTrace = false } = options;
  const escapes = new Escapes((error) => simulation.fail(error));
  const simulation = new Simulation({
    seed,
    keepsTrace,
    eventsMax: options.eventsMax ?? eventsMaxDefault,
    timeMsMax: options.timeMsMax ?? timeMsMaxDefault,
    onInside: (inside) => {
      escapes.inside = inside;
    },
  });
  escapes.install();
  const restoreRejections = takeRejections((error) => simulation.fail(error));
  try {
    await simulation.run(body);
    // Node tells of unheard rejections when it gets to breathe.
    await new Promise<void>((resolve) => setImmediate(resolve));
  } finally {
    restoreRejections();
    escapes.uninstall();
  }
  return {
    seed,
    failure: simulation.failure,
    traceHash: simulation.trace.digest,
    events: simulation.eventCount,
    virtualMs: simulation.nowMs,
    bites: simulation.biteCounts,
    records: simulation.trace.records,
    histories: simulation.histories,
  };
}

/** Has rejections that nobody handles come to `listener` alone; returns the way back. */
function takeRejections(listener: (error: unknown) => void): () => void {
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", listener);
  return () => {
    process.removeListener("unhandledRejection", listener);
    for (const other of others) process.on("unhandledRejection", other);
  };
}
