// What clusters under faults have in common: three nodes, how they elect, and what goes wrong.

import type { NodeId } from "@holdfast/consensus";
import { drawFaults, FaultInjector, type FaultKind, type Simulation } from "@holdfast/sim";

const kinds: readonly FaultKind[] = [
  ...(["kill", "pause", "partition", "reset", "half_open"] as const),
  ...(["packet_loss", "reordering", "slow_network", "clock_drift"] as const),
];

export const ids = ["a", "b", "c"] as NodeId[];
/** Who talks with whom. */
export const talks = [
  ["a", "b"],
  ["b", "c"],
  ["a", "c"],
] as const;
export const timing = { electionMs: 500, heartbeatMs: 100, leaseMs: null };

/** Faults of every kind, on every node, after the first second. */
export function faultsUntil(simulation: Simulation, untilMs: number): FaultInjector {
  const faults = drawFaults(simulation.random("faults"), {
    targets: Object.fromEntries(kinds.map((kind) => [kind, ids])),
    ...{ talks, fromMs: 1_000, untilMs, perKindMax: 3 },
  });
  return new FaultInjector(simulation, faults);
}
