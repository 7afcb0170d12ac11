// Figures of a history that every report begins with.

import type { History } from "../history/operation.ts";
import { describeCount } from "./describe.ts";

/** How many operations there are, of how many processes, and what came of them. */
export function factsOf(history: History): (readonly [name: string, figure: string])[] {
  const counts = { ok: 0, fail: 0, info: 0 };
  const processes = new Set<string>();
  for (const { outcome, process } of history) {
    counts[outcome] += 1;
    processes.add(process);
  }
  return [
    ["operations", describeCount(history.length)],
    ["processes", describeCount(processes.size)],
    ["ok", describeCount(counts.ok)],
    ["failed", describeCount(counts.fail)],
    ["of unknown outcome", describeCount(counts.info)],
  ];
}
