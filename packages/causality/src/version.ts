// Questions about versions of an event graph: which contains which, how they
// differ, and where they parted.
//
// Method. All walk from the given heads towards the beginning, always taking the
// event with the greatest local number next, so that an event is met after all
// its descendants (G1). They step by entries, not by events, and stop as soon as
// what is left can't change the answer; so versions that parted lately compare
// in time that does not depend on the length of history.
//
// Source: Gentle and Kleppmann 2025, section 3.2 (retreat and advance) and 3.5
// (critical versions). Departure: the merge base may have several heads, which
// the paper's critical versions have not.

import type { EventGraph, LocalFrontier, LocalRange } from "./event_graph.ts";
import { MaxHeap } from "./max_heap.ts";

/** What two versions do not share. Ranges ascend, and do not touch. */
export interface VersionDiff {
  readonly onlyA: readonly LocalRange[];
  readonly onlyB: readonly LocalRange[];
}

/** How one version relates to another. */
export type VersionOrder = "equal" | "before" | "after" | "concurrent";

/** Where versions parted, and all events since. */
export interface MergeBase {
  /** The latest version that every event since has among its ancestors. */
  readonly base: LocalFrontier;
  /** The events of the versions that `base` lacks; ranges ascend, and do not touch. */
  readonly since: readonly LocalRange[];
}

const inA = 1;
const inB = 2;
const inBoth = 3;

interface Head {
  readonly lv: number;
  readonly flags: number;
}

/** Tells whether `version` holds the event `lv`. */
export function versionContains(graph: EventGraph, version: LocalFrontier, lv: number): boolean {
  const heap = new MaxHeap<number>((a, b) => a - b);
  for (const head of version) {
    if (head === lv) return true;
    if (head > lv) heap.push(head);
  }
  let head = heap.pop();
  while (head !== undefined) {
    const entry = graph.entryAt(head);
    if (entry.start <= lv) return true;
    while (heap.size > 0 && heap.peek()! >= entry.start) heap.pop();
    for (const parent of entry.parents) {
      if (parent === lv) return true;
      if (parent > lv) heap.push(parent);
    }
    head = heap.pop();
  }
  return false;
}

/** What `a` holds and `b` lacks, and the reverse. O(entries that differ, and those between). */
export function diffVersions(graph: EventGraph, a: LocalFrontier, b: LocalFrontier): VersionDiff {
  const heap = new MaxHeap<Head>((x, y) => x.lv - y.lv);
  for (const lv of a) heap.push({ lv, flags: inA });
  for (const lv of b) heap.push({ lv, flags: inB });
  // How many heads in the heap are not shared: once none is left, all below is.
  let open = heap.size;
  const onlyA: LocalRange[] = [];
  const onlyB: LocalRange[] = [];
  while (open > 0) {
    const head = heap.pop()!;
    let flags = head.flags;
    let { lv } = head;
    if (flags !== inBoth) open -= 1;
    const entry = graph.entryAt(lv);
    // Other heads in this entry: events at and below them take on their flags too.
    for (let top = heap.peek(); top !== undefined && top.lv >= entry.start; top = heap.peek()) {
      heap.pop();
      if (top.flags !== inBoth) open -= 1;
      collect(flags, top.lv + 1, lv + 1, onlyA, onlyB);
      flags |= top.flags;
      lv = top.lv;
    }
    collect(flags, entry.start, lv + 1, onlyA, onlyB);
    for (const parent of entry.parents) {
      heap.push({ lv: parent, flags });
      if (flags !== inBoth) open += 1;
    }
  }
  return { onlyA: ascending(onlyA), onlyB: ascending(onlyB) };
}

/** How `a` relates to `b`. */
export function compareVersions(
  graph: EventGraph,
  a: LocalFrontier,
  b: LocalFrontier,
): VersionOrder {
  const { onlyA, onlyB } = diffVersions(graph, a, b);
  if (onlyA.length > 0) return onlyB.length > 0 ? "concurrent" : "after";
  return onlyB.length > 0 ? "before" : "equal";
}

/** The latest of `events`, which may repeat and be in any order: those that none of the others follows. */
export function dominators(graph: EventGraph, events: readonly number[]): LocalFrontier {
  const sorted = [...new Set(events)].sort((a, b) => a - b);
  if (sorted.length <= 1) return sorted;
  const lowest = sorted[0]!;
  const wanted = new Set(sorted);
  const latest: number[] = [];
  // A head is covered when an event that was met already has it as an ancestor.
  const heap = new MaxHeap<Head>((x, y) => x.lv - y.lv || x.flags - y.flags);
  for (const lv of sorted) heap.push({ lv, flags: 0 });
  for (let head = heap.pop(); head !== undefined; head = heap.pop()) {
    if (head.flags === 0 && wanted.has(head.lv)) latest.push(head.lv);
    const entry = graph.entryAt(head.lv);
    for (let top = heap.peek(); top !== undefined && top.lv >= entry.start; top = heap.peek()) {
      heap.pop();
    }
    for (const parent of entry.parents) if (parent >= lowest) heap.push({ lv: parent, flags: 1 });
  }
  return latest.reverse();
}

/**
 * The latest version that `versions` have in common and that every event they
 * hold beyond it has among its ancestors; and those events. A merge can begin
 * there and ignore all that came before.
 */
export function mergeBase(graph: EventGraph, versions: readonly LocalFrontier[]): MergeBase {
  const heap = new MaxHeap<LocalFrontier>(comparePoints);
  for (const version of versions) heap.push(version);
  const since: LocalRange[] = [];
  for (;;) {
    const point = heap.pop() ?? [];
    while (heap.size > 0 && comparePoints(heap.peek()!, point) === 0) heap.pop();
    // The only point left: every way from what was visited leads to exactly this version.
    if (heap.size === 0) return { base: point, since: ascending(since) };
    if (point.length > 1) {
      for (const lv of point) heap.push([lv]);
      continue;
    }
    const lv = point[0]!;
    const entry = graph.entryAt(lv);
    const next = heap.peek()!.at(-1) ?? -1;
    if (next >= entry.start) {
      since.push({ start: next + 1, end: lv + 1 });
      heap.push([next]);
    } else {
      since.push({ start: entry.start, end: lv + 1 });
      heap.push(entry.parents);
    }
  }
}

/** All events that `version` holds. */
export function versionEvents(graph: EventGraph, version: LocalFrontier): readonly LocalRange[] {
  return diffVersions(graph, version, []).onlyA;
}

// By greatest event; of those with the same, the longer first, so that a single
// event is met after the versions that contain it were taken apart.
function comparePoints(a: LocalFrontier, b: LocalFrontier): number {
  const heads = (a.at(-1) ?? -1) - (b.at(-1) ?? -1);
  if (heads !== 0) return heads;
  if (a.length !== b.length) return a.length - b.length;
  for (let index = a.length - 1; index >= 0; index -= 1) {
    if (a[index] !== b[index]) return a[index]! - b[index]!;
  }
  return 0;
}

function collect(
  flags: number,
  start: number,
  end: number,
  onlyA: LocalRange[],
  onlyB: LocalRange[],
): void {
  if (start >= end || flags === inBoth) return;
  (flags === inA ? onlyA : onlyB).push({ start, end });
}

// Ranges were found from the end to the beginning; those that touch become one.
function ascending(found: readonly LocalRange[]): readonly LocalRange[] {
  const ranges: { start: number; end: number }[] = [];
  for (let index = found.length - 1; index >= 0; index -= 1) {
    const { start, end } = found[index]!;
    const last = ranges.at(-1);
    if (last !== undefined && last.end === start) last.end = end;
    else if (start < end) ranges.push({ start, end });
  }
  return ranges;
}
