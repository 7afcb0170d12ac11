// The log as it is in memory: what is known, what of it is durable, committed, handed out.
//
//   base        applied     handed    committed
//    |-------------|-----------|----------|-------------|  last
//   (dropped)                        stable --^   offered = last after each step
//
// Plain data, changed in place by the functions here and nowhere else.
//
// Writes to disk are under way while the log changes, so "the write of entry 12
// is done" may speak of an entry 12 that was replaced since, and even of one that
// was replaced and came back with the same term. So what each write vouches for is
// kept beside it, and is taken back when the log is cut: `cutBefore`.
//
// Invariants:
//   L1  Entries are consecutive from base on; terms never decrease.
//   L2  What is committed is never cut.
//   L3  The log is durable through `stable`: nothing that was cut counts.
//   L4  `memberships` holds the one at base, and each that stands in an entry.

import { assert } from "@holdfast/std";
import { type Base, type Entry, entrySizeBytes, type Snapshot } from "./entry.ts";
import type { Membership } from "./membership.ts";
import type { Index, PersistId, Position, Term } from "./types.ts";

/** A log, and how far it got. */
export interface Log {
  /** The last entry that was dropped. */
  base: Position;
  /** What comes after base. */
  entries: Entry[];
  /** Durable through here. Before base only while a snapshot is being installed. */
  stable: Index;
  /** In a request to persist through here. */
  offered: Index;
  committed: Index;
  /** Given to the state machine through here. */
  handed: Index;
  /** The state machine said that it holds everything through here. */
  applied: Index;
  /** By rising index; the last one is in force. */
  memberships: { readonly index: Index; readonly membership: Membership }[];
  /** Requests that are under way, and through where each makes the present log durable. */
  writes: { readonly id: PersistId; readonly through: Index }[];
}

/** A log as it was found on disk. */
export function logFrom(base: Base, entries: readonly Entry[], applied: Index): Log {
  const log: Log = {
    base: { index: base.index, term: base.term },
    entries: [],
    stable: base.index,
    offered: base.index,
    committed: Math.max(base.index, applied) as Index,
    handed: applied,
    applied,
    memberships: [{ index: base.index, membership: base.membership }],
    writes: [],
  };
  appendEntries(log, entries);
  log.stable = lastOf(log).index;
  log.offered = log.stable;
  return log;
}

/** The last entry's position. O(1). */
export function lastOf({ base, entries }: Log): Position {
  return entries.at(-1) ?? base;
}

/** The term at `index`; null where that is dropped or not there yet. O(1). */
export function termAt({ base, entries }: Log, index: number): Term | null {
  if (index === base.index) return base.term;
  return entries[index - base.index - 1]?.term ?? null;
}

/** Whether the log has that entry, in that term. */
export function hasEntry(log: Log, { index, term }: Position): boolean {
  return termAt(log, index) === term;
}

/** Whether a log that ends at `last` lacks nothing that may be committed, for all that this one knows. */
export function isUpToDate(log: Log, last: Position): boolean {
  const own = lastOf(log);
  return last.term > own.term || (last.term === own.term && last.index >= own.index);
}

/** Entries from `from` through `through`, as many as fit, but at least one. O(what is returned). */
export function entriesFrom(
  { base, entries }: Log,
  from: number,
  options: { readonly through: number; readonly sizeBytesMax: number },
): readonly Entry[] {
  const first = from - base.index - 1;
  assert(first >= 0, "L1: entries are asked for that were dropped");
  const end = Math.min(entries.length, options.through - base.index);
  let sizeBytes = 0;
  let next = first;
  while (next < end) {
    sizeBytes += entrySizeBytes(entries[next]!);
    if (sizeBytes > options.sizeBytesMax && next > first) break;
    next += 1;
  }
  return entries.slice(first, next);
}

/** The membership in force, and where it stands. */
export function membershipIn(log: Log): { readonly index: Index; readonly membership: Membership } {
  return log.memberships.at(-1)!;
}

/** The membership that was in force at `index`, which is not before base. O(memberships). */
export function membershipAt({ memberships }: Log, index: Index): Membership {
  const found = memberships.filter((each) => each.index <= index).at(-1);
  assert(found !== undefined, "L4: no membership at base");
  return found.membership;
}

/** The last membership that is known to be committed, and where it stands. O(memberships in doubt). */
export function membershipSettled({ memberships, committed }: Log): Log["memberships"][number] {
  let at = memberships.length - 1;
  while (at > 0 && memberships[at]!.index > committed) at -= 1;
  return memberships[at]!;
}

/** The last membership that is known to be committed, and those after it. O(memberships). */
export function membershipsInDoubt({ memberships, committed }: Log): readonly Membership[] {
  const settled = memberships.filter(({ index }) => index <= committed).length - 1;
  return memberships.slice(Math.max(0, settled)).map(({ membership }) => membership);
}

/**
 * The last position at or before `index` whose term is at most `term`: where a log
 * that has `term` at `index` may agree with this one. O(distance).
 */
export function lastWithin(log: Log, index: Index, term: Term): Position {
  let candidate = Math.min(index, lastOf(log).index);
  while (candidate > log.base.index && termAt(log, candidate)! > term) candidate -= 1;
  const found = Math.max(candidate, log.base.index) as Index;
  return { index: found, term: termAt(log, found)! };
}

/** Appends what follows the last entry. O(entries). */
export function appendEntries(log: Log, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const last = lastOf(log);
    assert(entry.index === last.index + 1, "L1: a gap in the log");
    assert(entry.term >= last.term, "L1: terms went backwards in the log");
    log.entries.push(entry);
    if (entry.payload.type !== "membership") continue;
    log.memberships.push({ index: entry.index, membership: entry.payload.membership });
  }
}

/** Removes `index` and what follows. O(what is removed + writes under way). */
export function cutBefore(log: Log, index: Index): void {
  assert(index > log.committed, "L2: a committed entry was cut");
  log.entries.length = index - log.base.index - 1;
  while (membershipIn(log).index >= index) log.memberships.pop();
  vouchBefore(log, index);
}

/** Replaces the whole log by what `snapshot` stands for. */
export function replaceBySnapshot(log: Log, snapshot: Snapshot): void {
  assert(snapshot.index > log.committed, "L2: a snapshot went back before what is committed");
  log.base = { index: snapshot.index, term: snapshot.term };
  log.entries = [];
  log.memberships = [{ index: snapshot.index, membership: snapshot.membership }];
  vouchBefore(log, snapshot.index);
  log.offered = snapshot.index;
  log.committed = snapshot.index;
}

/** Drops entries through `through`, which are applied and durable. O(entries kept). */
export function dropThrough(log: Log, through: Index): Base {
  const term = termAt(log, through);
  assert(term !== null && through <= log.applied, "L3: dropped what is not applied");
  const base: Base = { index: through, term, membership: membershipAt(log, through) };
  log.entries = log.entries.slice(through - log.base.index);
  log.base = { index: through, term };
  log.memberships = [
    { index: through, membership: base.membership },
    ...log.memberships.filter(({ index }) => index > through),
  ];
  return base;
}

/** Notes a request to persist, which makes all of the present log durable. */
export function noteWrite(log: Log, id: PersistId): void {
  log.offered = lastOf(log).index;
  log.writes.push({ id, through: log.offered });
}

/** Notes that the requests through `id` are done. O(requests done). */
export function noteDurable(log: Log, id: PersistId): void {
  const rest = log.writes.findIndex((write) => write.id > id);
  const done = log.writes.splice(0, rest === -1 ? log.writes.length : rest);
  for (const { through } of done) log.stable = Math.max(log.stable, through) as Index;
}

// What lies at `index` and beyond is no more what the disk has or is being told.
function vouchBefore(log: Log, index: Index): void {
  const most = (index - 1) as Index;
  log.stable = Math.min(log.stable, most) as Index;
  log.offered = Math.min(log.offered, most) as Index;
  log.writes = log.writes.map(({ id, through }) => ({
    id,
    through: Math.min(through, most) as Index,
  }));
}
