// History workloads as cases that any driver can be put through, under any test runner.

import { type Operation, Recorder } from "@holdfast/check";
import { SeededRandom } from "@holdfast/std";
import { ConformanceError } from "@holdfast/store/conformance";
import { bank } from "./bank.ts";
import { listAppend } from "./list_append.ts";
import { registerWorkload } from "./register.ts";
import { isFail, readAll, type WorkersParts, type WorkSite, workOn } from "./workers.ts";
import type { Workload } from "./workload.ts";

/** Every workload. */
export const workloads: readonly Workload[] = [listAppend, registerWorkload, bank];

/** A driver at work. One for each history: it begins with no rows. */
export interface WorkBench {
  /**
   * Has `work` done on each store of these rows that is opened, by each node and each client,
   * and breaks meanwhile what may break: what `work` came to on a process that was killed
   * nobody hears of. Resolves when enough was done.
   */
  trouble(work: (site: WorkSite) => Promise<void>): Promise<void>;
  /** Has `work` done once more, to its end, on a store that shows all that was acknowledged, and nothing broken. */
  calm(work: (site: WorkSite) => Promise<void>): Promise<void>;
}

/** How much is done. */
export interface WorkAmount {
  readonly seed: number;
  /** For each opening of a store: how many work at once, and how many calls each makes. */
  readonly workers: number;
  readonly calls: number;
}

/** How calls ended. */
export type WorkCounts = Readonly<{ openings: number } & Record<Operation["outcome"], number>>;

/**
 * Has `workload` done on `bench`, and judges its history.
 *
 * @throws {ConformanceError} What the judge found; what the bench throws.
 */
export async function runWorkload(
  bench: WorkBench,
  workload: Workload,
  { seed, workers, calls }: WorkAmount,
): Promise<WorkCounts> {
  const recorder = new Recorder<unknown, unknown>();
  const random = new SeededRandom(seed);
  const parts: Omit<WorkersParts, "opening"> = {
    ...{ workload, workers, calls, random },
    record: (process, input, call) => recorder.record(process, input, call, { isFail }),
  };
  let openings = 0;
  await bench.trouble((site) => {
    const opening = openings;
    openings += 1;
    return workOn(site, { ...parts, opening });
  });
  await bench.calm((site) => readAll(site, { ...parts, opening: openings }));
  const history = recorder.history();
  const wrong = workload.judge(history);
  if (wrong !== null) throw new ConformanceError(`${workload.name}: ${wrong}`);
  const of = (outcome: string) => history.filter((each) => each.outcome === outcome).length;
  return { openings, ok: of("ok"), fail: of("fail"), info: of("info") };
}
