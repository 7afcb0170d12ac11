// What a run takes from its plan so that a plan that was cut is a smaller, shorter run.

import type { Operation, Plan } from "@holdfast/sim";

/** Those of `documents` that somebody does something with. */
export function documentsUsed(
  operations: readonly Operation[],
  documents: readonly string[],
): readonly string[] {
  const used = new Set(operations.map((work) => ("document" in work ? work.document : null)));
  return documents.filter((document) => used.has(document));
}

/** When faults end: a second after the last thing that happens, at `latestMs` at the latest. */
export function healAtMsOf({ operations, faults }: Plan, latestMs: number): number {
  const ends = [
    ...operations.map(({ atMs }) => atMs),
    ...faults.map(({ atMs, durationMs }) => atMs + durationMs),
  ];
  return Math.min(latestMs, Math.max(0, ...ends) + 1_000);
}
