// The events of many runs, as few runs.

import type { AgentId, EventRun } from "@holdfast/causality";

/** For each agent, stretches that neither touch nor overlap, in order. */
export type RunUnion = ReadonlyMap<AgentId, readonly EventRun[]>;

/** All events of `runs`. O(n log n). */
export function unionOf(runs: readonly EventRun[]): RunUnion {
  const union = new Map<AgentId, EventRun[]>();
  for (const { agent, from, to } of [...runs].sort((a, b) => a.from - b.from)) {
    const stretches = union.get(agent) ?? [];
    union.set(agent, stretches);
    const before = stretches.at(-1);
    if (before === undefined || before.to < from) stretches.push({ agent, from, to });
    else stretches[stretches.length - 1] = { ...before, to: Math.max(before.to, to) };
  }
  return union;
}

/** Tells whether `union` holds every event of `run`. */
export function covers(union: RunUnion, run: EventRun): boolean {
  const stretches = union.get(run.agent) ?? [];
  return stretches.some(({ from, to }) => from <= run.from && run.to <= to);
}
