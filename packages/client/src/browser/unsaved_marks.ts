// Marks beside the bundles: in which documents lies something that was written here, and
// that the server is not known to have. So nobody has to read bundles to find out.
//
// A mark is a key of three parts, document, agent and how many of the agent's events lie
// here. It is set with the bundle, in one transaction, and removed in the one in which
// what is known to be saved reaches it. Nothing is read for either: an append puts its
// mark and deletes those below it, knowledge deletes those that it reaches. So it does not
// matter in which order tabs do so, and a higher mark never goes with a lower one.
//
// Invariants:
//   UM1  A document whose bundles hold an event of a writer of the copy that is not in its
//        knowledge has a mark above that event.

import type { AgentId, EventRun, VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import type { UnsavedRow } from "./copy_schema.ts";

/** The store of the marks, in a transaction that writes. */
export interface MarkStore {
  put(row: UnsavedRow): Promise<unknown>;
  delete(range: IDBKeyRange): Promise<void>;
}

/** Marks that `runs`, of writers of the copy, are here. */
export async function mark(
  store: MarkStore,
  document: DocumentId,
  runs: readonly EventRun[],
): Promise<void> {
  await Promise.all(
    runs.flatMap(({ agent, to: next }) => [
      store.delete(marksBelow(document, agent, next)),
      store.put({ document, agent, next }),
    ]),
  );
}

/** Removes the marks of `writers` that `saved` reaches. */
export async function unmark(
  store: MarkStore,
  document: DocumentId,
  { saved, writers }: { readonly saved: VersionVector; readonly writers: Iterable<AgentId> },
): Promise<void> {
  await Promise.all(
    [...writers].map((agent) => {
      const next = saved.next(agent);
      return next === 0 ? null : store.delete(marksBelow(document, agent, next + 1));
    }),
  );
}

/** A key behind all marks of `document`: agents are hexadecimal digits. */
export function behindMarks(document: string): [string, string, number] {
  return [document, "g", 0];
}

// Those of fewer than `next` events.
function marksBelow(document: DocumentId, agent: AgentId, next: number): IDBKeyRange {
  return IDBKeyRange.bound([document, agent, 0], [document, agent, next], false, true);
}
