// Counts how often each kind of fault made a difference. A fault that never bites
// proves nothing, however often it was drawn.

import type { FaultKind } from "./fault.ts";

/** What a model of network, disk or machine calls when a fault changed what happened. */
export interface Bites {
  /**
   * @param machine - Where it showed.
   * @param text - What it did, for people: "lost 120 bytes to server-1".
   */
  note(kind: FaultKind, machine: string, text: string): void;
}

/** How often each kind made a difference; kinds that never did are absent. */
export type BiteCounts = ReadonlyMap<FaultKind, number>;
