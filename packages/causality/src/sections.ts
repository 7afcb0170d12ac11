// Where history comes together: a version that everything later has among its ancestors.
//
// What one person wrote upon all that was there needs no merging, however much was
// written at once before, and what was merged there never has to be looked at again.
//
// Source: Gentle and Kleppmann 2025, section 3.5 (critical versions).

import type { EventGraph, LocalFrontier, LocalRange } from "./event_graph.ts";

/**
 * The events of `ranges`, which lead from the version `before` to the version `after`, in
 * sections. The first are those to be merged with `before`: it is empty where none are. Each event
 * of any other has all events of `before`, and of the sections before its own, among its
 * ancestors; a single range within one entry is one person's work upon them. O(entries).
 *
 * @param ranges - Ascending, not touching.
 */
export function sections(
  graph: EventGraph,
  ranges: readonly LocalRange[],
  before: LocalFrontier,
  after: LocalFrontier,
): readonly (readonly LocalRange[])[] {
  const found: LocalRange[][] = [];
  let section: LocalRange[] = [];
  // The oldest event that is a parent of what was passed, or that nothing follows.
  let oldest = after[0] ?? -1;
  for (let index = ranges.length - 1; index >= 0; index -= 1) {
    const { start } = ranges[index]!;
    let { end } = ranges[index]!;
    for (let entry = graph.entryIndex(end - 1); ; entry -= 1) {
      const from = Math.max(start, graph.entryStart(entry));
      oldest = Math.min(oldest, oldestParent(graph, entry, from));
      if (oldest >= eventBefore(ranges, index, from, before)) {
        section.push({ start: from, end });
        found.push(section.reverse());
        section = [];
        end = from;
      }
      if (from === start) break;
    }
    if (end > start) section.push({ start, end });
  }
  found.push(section.reverse());
  return found.reverse();
}

// The oldest parent of the event `from` of an entry; -1 where it has none.
function oldestParent(graph: EventGraph, entry: number, from: number): number {
  if (graph.entryStart(entry) < from) return from - 1;
  const parent = graph.entryParent(entry);
  return parent < -1 ? graph.entryParents(entry)[0]! : parent;
}

// The newest event of what lies before `from`, if it can be that all from there on follow it, and
// with it all the others; -1 for the beginning.
function eventBefore(
  ranges: readonly LocalRange[],
  index: number,
  from: number,
  before: LocalFrontier,
): number {
  const newest = before.at(-1) ?? -1;
  if (from > ranges[index]!.start) return Math.max(newest, from - 1);
  if (index > 0) return Math.max(newest, ranges[index - 1]!.end - 1);
  return before.length > 1 ? Number.POSITIVE_INFINITY : newest;
}
