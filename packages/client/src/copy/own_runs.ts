// Which events of a bundle were written in this copy: what a server may not have.

import type { AgentId, EventRun } from "@holdfast/causality";
import { decodeBundle } from "@holdfast/doc";
import { isHoldfastError } from "@holdfast/std";

/**
 * The runs in `bundle` that are of `writers`; none where it can't be read, as loading the
 * document will say. Decodes no payload. O(bytes).
 */
export function ownRuns(bundle: Uint8Array, writers: ReadonlySet<AgentId>): readonly EventRun[] {
  try {
    const runs = decodeBundle(bundle).sections.flatMap((section) => section.runs);
    return runs.filter(({ agent }) => writers.has(agent));
  } catch (error) {
    if (isHoldfastError(error)) return [];
    throw error;
  }
}
