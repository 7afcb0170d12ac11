// A run in which nothing goes wrong shows nothing: so each has a fault that is sure to bite.

import type { Fault } from "@holdfast/sim";

/** `faults`, and a kill of `machine`, which always runs, where none of them ends that for certain. */
export function withSureFault(faults: readonly Fault[], machine: string, atMs: number): Fault[] {
  const isSure = (fault: Fault): boolean =>
    (fault.kind === "kill" || fault.kind === "power_loss") && fault.machine === machine;
  if (faults.some(isSure)) return [...faults];
  return [...faults, { kind: "kill", machine, atMs, durationMs: 100 }];
}
