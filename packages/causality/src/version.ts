// Questions about versions of an event graph: which contains which, how they
// differ, and where they parted.
//
// Method. All walk from the given heads towards the beginning, always taking the
// event with the greatest local number next, so that an event is met after all
// its descendants (G1). They step by entries, not by events, and stop as soon as
// what is left can't change the answer; so versions that parted lately compare
// in time that does not depend on the length of history. Heads are plain numbers, with
// what is known of each in their lowest bits.
//
// Source: Gentle and Kleppmann 2025, section 3.2 (retreat and advance) and 3.5
// (critical versions). Departure: the merge base may have several heads, which
// the paper's critical versions have not.

import { type EventGraph, type LocalFrontier, type LocalRange, lastUpTo } from "./event_graph.ts";
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

/** Is told of events `start` to `end - 1`, which one version has and the other lacks. */
export type DifferenceVisitor = (start: number, end: number, isOnlyInA: boolean) => void;

const inA = 1;
const inB = 2;
const inBoth = 3;

/**
 * Tells whether `version` holds the event `lv`. O(entries between), and less where these know of
 * `lv`'s agent: who has seen a later event of it holds `lv` (G3), and who was made upon an earlier one and
 * another event does not, since that other one would follow the earlier one (G4).
 */
export function versionContains(graph: EventGraph, version: LocalFrontier, lv: number): boolean {
  if (version.includes(lv)) return true;
  const heap = new MaxHeap();
  for (const head of version) if (head > lv) heap.push(head);
  if (heap.size === 0) return false;
  const { agent } = graph.id(lv);
  let index = graph.entryCount - 1;
  while (heap.size > 0) {
    index = entryBefore(graph, heap.pop(), index);
    const start = graph.entryStart(index);
    if (start <= lv || graph.entryAgent(index) === agent) return true;
    while (heap.top >= start) heap.pop();
    const parents = graph.entryParents(index);
    if (parents.includes(lv)) return true;
    const isBefore = (parent: number): boolean => parent < lv && graph.id(parent).agent === agent;
    if (parents.length > 1 && parents.some(isBefore)) continue;
    for (const parent of parents) if (parent > lv) heap.push(parent);
  }
  return false;
}

/**
 * Those of `events`, which are mutually concurrent, that `version` lacks, ascending. What an event follows
 * that is found holds none of the others, so nothing behind it is looked at. O(entries between).
 */
export function lacking(
  graph: EventGraph,
  version: LocalFrontier,
  events: readonly number[],
): readonly number[] {
  if (events.length <= 1) return events.filter((lv) => !versionContains(graph, version, lv));
  const rest = [...events].sort((a, b) => a - b);
  const oldest = rest[0]!;
  const heap = new MaxHeap();
  for (const head of version) if (head >= oldest) heap.push(head);
  let index = graph.entryCount - 1;
  while (heap.size > 0 && rest.length > 0) {
    const lv = heap.pop();
    index = entryBefore(graph, lv, index);
    const start = graph.entryStart(index);
    while (heap.top >= start) heap.pop();
    const place = lastUpTo(rest, lv);
    if (place >= 0 && rest[place]! >= start) rest.splice(place, 1);
    else for (const parent of graph.entryParents(index)) if (parent >= oldest) heap.push(parent);
  }
  return rest;
}

/**
 * Tells `visit` of all that `a` holds and `b` lacks, and the reverse, from the greatest
 * numbers down. O(entries that differ, and those between).
 */
export function visitDifference(
  graph: EventGraph,
  a: LocalFrontier,
  b: LocalFrontier,
  visit: DifferenceVisitor,
): void {
  const heap = new MaxHeap();
  for (const lv of a) heap.push(lv * 4 + inA);
  for (const lv of b) heap.push(lv * 4 + inB);
  // How many heads in the heap are not shared: once none is left, all below is.
  let open = heap.size;
  let index = graph.entryCount - 1;
  while (open > 0) {
    const head = heap.pop();
    let flags = head % 4;
    let lv = (head - flags) / 4;
    if (flags !== inBoth) open -= 1;
    index = entryBefore(graph, lv, index);
    const start = graph.entryStart(index);
    // Other heads in this entry: events at and below them take on their flags too.
    while (heap.top >= start * 4) {
      const other = heap.pop();
      const otherFlags = other % 4;
      const otherLv = (other - otherFlags) / 4;
      if (otherFlags !== inBoth) open -= 1;
      if (flags !== inBoth && otherLv < lv) visit(otherLv + 1, lv + 1, flags === inA);
      flags |= otherFlags;
      lv = otherLv;
    }
    if (flags !== inBoth) visit(start, lv + 1, flags === inA);
    const parent = graph.entryParent(index);
    if (parent >= 0) {
      heap.push(parent * 4 + flags);
      if (flags !== inBoth) open += 1;
    } else if (parent < -1) {
      const parents = graph.entryParents(index);
      for (const lv of parents) heap.push(lv * 4 + flags);
      if (flags !== inBoth) open += parents.length;
    }
  }
}

/** What `a` holds and `b` lacks, and the reverse. O(entries that differ, and those between). */
export function diffVersions(graph: EventGraph, a: LocalFrontier, b: LocalFrontier): VersionDiff {
  const onlyA: LocalRange[] = [];
  const onlyB: LocalRange[] = [];
  visitDifference(graph, a, b, (start, end, isOnlyInA) => {
    (isOnlyInA ? onlyA : onlyB).push({ start, end });
  });
  return { onlyA: ascending(onlyA), onlyB: ascending(onlyB) };
}

/** How `a` relates to `b`. */
export function compareVersions(
  graph: EventGraph,
  a: LocalFrontier,
  b: LocalFrontier,
): VersionOrder {
  let hasOnlyA = false;
  let hasOnlyB = false;
  visitDifference(graph, a, b, (_start, _end, isOnlyInA) => {
    if (isOnlyInA) hasOnlyA = true;
    else hasOnlyB = true;
  });
  if (hasOnlyA) return hasOnlyB ? "concurrent" : "after";
  return hasOnlyB ? "before" : "equal";
}

/** The latest of `events`, which may repeat and be in any order: those that none of the others follows. */
export function dominators(graph: EventGraph, events: readonly number[]): LocalFrontier {
  if (events.length <= 1) return events;
  if (events.length === 2) return dominatorsOfTwo(graph, events[0]!, events[1]!);
  const sorted = [...new Set(events)].sort((a, b) => a - b);
  const lowest = sorted[0]!;
  const wanted = new Set(sorted);
  const latest: number[] = [];
  // A head is odd when an event that was met already has it as an ancestor.
  const heap = new MaxHeap();
  for (const lv of sorted) heap.push(lv * 2);
  let index = graph.entryCount - 1;
  while (heap.size > 0) {
    const head = heap.pop();
    const isCovered = head % 2 === 1;
    const lv = (head - (isCovered ? 1 : 0)) / 2;
    if (!isCovered && wanted.has(lv)) latest.push(lv);
    index = entryBefore(graph, lv, index);
    const start = graph.entryStart(index);
    while (heap.top >= start * 2) heap.pop();
    for (const parent of graph.entryParents(index)) {
      if (parent >= lowest) heap.push(parent * 2 + 1);
    }
  }
  return latest.reverse();
}

/**
 * The latest version that `versions` have in common and that every event they
 * hold beyond it has among its ancestors; and those events. A merge can begin
 * there and ignore all that came before.
 */
export function mergeBase(graph: EventGraph, versions: readonly LocalFrontier[]): MergeBase {
  const points = new Points();
  for (const version of versions) points.add(version);
  const since: LocalRange[] = [];
  let index = graph.entryCount - 1;
  for (;;) {
    const point = points.take();
    // The only point left: every way from what was visited leads to exactly this version.
    if (points.isEmpty) return { base: point, since: ascending(since) };
    if (point.length > 1) {
      for (const lv of point) points.add([lv]);
      continue;
    }
    const lv = point[0]!;
    index = entryBefore(graph, lv, index);
    const start = graph.entryStart(index);
    const next = points.newest;
    if (next >= start) {
      since.push({ start: next + 1, end: lv + 1 });
      points.add([next]);
    } else {
      since.push({ start, end: lv + 1 });
      points.add(graph.entryParents(index));
    }
  }
}

/** All events that `version` holds. */
export function versionEvents(graph: EventGraph, version: LocalFrontier): readonly LocalRange[] {
  return diffVersions(graph, version, []).onlyA;
}

// Versions by their greatest event; of those with the same, single events come last, so that
// they are met after the versions that contain them were taken apart.
class Points {
  readonly #newest = new MaxHeap();
  // Of those that are more than one event, by the greatest of them.
  readonly #several = new Map<number, LocalFrontier[]>();

  get isEmpty(): boolean {
    return this.#newest.size === 0;
  }

  /** The greatest event; -1 where only the beginning is left. */
  get newest(): number {
    return this.#newest.top;
  }

  add(version: LocalFrontier): void {
    const newest = version.at(-1) ?? -1;
    this.#newest.push(newest);
    if (version.length <= 1) return;
    const others = this.#several.get(newest);
    if (others === undefined) this.#several.set(newest, [version]);
    else others.push(version);
  }

  /** Takes out the first, and all that are equal to it. */
  take(): LocalFrontier {
    const newest = this.#newest.pop();
    const several = this.#several.get(newest);
    if (several !== undefined) {
      const first = several.pop()!;
      if (several.length === 0) this.#several.delete(newest);
      else if (several.every((other) => isSame(other, first))) {
        for (const _ of several) this.#newest.pop();
        this.#several.delete(newest);
      }
      return first;
    }
    while (this.#newest.top === newest) this.#newest.pop();
    return newest === -1 ? [] : [newest];
  }
}

function isSame(a: LocalFrontier, b: LocalFrontier): boolean {
  return a.length === b.length && a.every((lv, index) => lv === b[index]);
}

function dominatorsOfTwo(graph: EventGraph, a: number, b: number): LocalFrontier {
  const older = Math.min(a, b);
  const newer = Math.max(a, b);
  return versionContains(graph, [newer], older) ? [newer] : [older, newer];
}

/** Index of the entry that holds `lv`, at or before the one at `last`. O(log distance). */
function entryBefore(graph: EventGraph, lv: number, last: number): number {
  let high = last;
  let step = 1;
  while (high > 0 && graph.entryStart(high) > lv) {
    high = last - step;
    step *= 2;
  }
  if (high < 0) high = 0;
  // Now `high` is right, or begins before the right one, which lies half a step behind it at most.
  let low = high;
  let end = Math.min(last, high + (step >> 1));
  while (low < end) {
    const middle = (low + end + 1) >> 1;
    if (graph.entryStart(middle) <= lv) low = middle;
    else end = middle - 1;
  }
  return low;
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
