// What was written lately: the memory by which the committer finds conflicts.
//
// A transaction that read at version v conflicts where a commit after v touched
// what it read. Snapshots only ever show the end of a group of commits, so one
// footprint for each group is enough; footprints hold keys, and no values but those
// of the newest few groups, which most are forgotten with.
//
// Invariants:
//   R1  Every group above `floor` is here; asked about a version below it, the
//       answer is always "yes, touched", to whoever read anything.
//   R2  Memory is bounded: at most `recentBytesMax` by our reckoning; the oldest
//       groups go first, and so do those that no running transaction precedes.

import { OrderedMap } from "./ordered_map.ts";
import type { Footprint, ReadSet } from "./read_set.ts";
import type { CommitVersion } from "./store.ts";

/** Keys remembered, in bytes, each reckoned with `entryBytes` more. */
export const recentBytesMax = 32 * 1024 * 1024;
const entryBytes = 64;
/** Bytes of groups that are kept as they came, which costs nothing to make. */
const wholeBytesMax = 4 * 1024 * 1024;

interface Group {
  readonly version: CommitVersion;
  readonly footprint: Footprint;
  readonly sizeBytes: number;
  /** Bytes of its values, as long as they are kept. */
  readonly wholeBytes: number;
}

/** The same without values. */
function keysOf({ points, cleared, declared }: Footprint): Footprint {
  const keys = new OrderedMap<true>();
  points.visitAll((key) => {
    keys.set(key, true);
    return true;
  });
  return { points: keys, cleared, declared };
}

/** See the head of this file. */
export class RecentWrites {
  #groups: Group[] = [];
  #floor: CommitVersion;
  #sizeBytes = 0;
  /** Bytes of groups that are kept with their values, as they came. */
  #wholeBytes = 0;
  /** So many groups, from the oldest on, are kept without. */
  #stripped = 0;

  /** @param version - The store's version now; nothing older can be asked about. */
  constructor(version: CommitVersion) {
    this.#floor = version;
  }

  /** Tells whether a group after `since` touched what was read. */
  touch(reads: ReadSet, since: CommitVersion): boolean {
    if (reads.isEmpty) return false;
    if (since < this.#floor) return true;
    for (let index = this.#groups.length - 1; index >= 0; index -= 1) {
      const group = this.#groups[index]!;
      if (group.version <= since) return false;
      if (reads.isTouchedBy(group.footprint)) return true;
    }
    return false;
  }

  /** Remembers the keys of a group that ended at `version`, above every one before. */
  add(version: CommitVersion, written: Footprint & { readonly sizeBytes: number }): void {
    let sizeBytes = entryBytes;
    written.points.visitAll((key) => {
      sizeBytes += key.length + entryBytes;
      return true;
    });
    for (const set of [written.cleared, written.declared]) {
      set.visit((span) => {
        sizeBytes += span.start.length + span.end.length + entryBytes;
        return true;
      });
    }
    this.#groups.push({ version, footprint: written, sizeBytes, wholeBytes: written.sizeBytes });
    this.#sizeBytes += sizeBytes;
    this.#wholeBytes += written.sizeBytes;
    this.#strip();
    let dropped = 0;
    while (this.#sizeBytes > recentBytesMax) {
      this.#sizeBytes -= this.#groups[dropped]!.sizeBytes;
      dropped += 1;
    }
    this.#drop(dropped);
  }

  /** Forgets what only a transaction older than `version` could conflict with. */
  forgetUpTo(version: CommitVersion): void {
    let dropped = 0;
    while (dropped < this.#groups.length && this.#groups[dropped]!.version <= version) {
      this.#sizeBytes -= this.#groups[dropped]!.sizeBytes;
      dropped += 1;
    }
    this.#drop(dropped);
  }

  /** Gives up the values of the oldest groups, where there are too many. */
  #strip(): void {
    while (this.#wholeBytes > wholeBytesMax && this.#stripped < this.#groups.length) {
      const group = this.#groups[this.#stripped]!;
      this.#groups[this.#stripped] = {
        ...group,
        footprint: keysOf(group.footprint),
        wholeBytes: 0,
      };
      this.#wholeBytes -= group.wholeBytes;
      this.#stripped += 1;
    }
  }

  #drop(count: number): void {
    if (count === 0) return;
    for (const group of this.#groups.slice(0, count)) this.#wholeBytes -= group.wholeBytes;
    this.#stripped = Math.max(0, this.#stripped - count);
    this.#floor = this.#groups[count - 1]!.version;
    this.#groups = this.#groups.slice(count);
  }
}
