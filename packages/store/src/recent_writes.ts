// What was written lately: the memory by which the committer finds conflicts.
//
// A transaction that read at version v conflicts where a commit after v touched
// what it read. Snapshots only ever show the end of a group of commits, so one
// footprint for each group is enough; footprints hold keys, never values.
//
// Invariants:
//   R1  Every group above `floor` is here; asked about a version below it, the
//       answer is always "yes, touched", to whoever read anything.
//   R2  Memory is bounded: at most `recentBytesMax` by our reckoning; the oldest
//       groups go first, and so do those that no running transaction precedes.

import { OrderedMap } from "./ordered_map.ts";
import type { Footprint, ReadSet } from "./read_set.ts";
import { SpanSet } from "./span_set.ts";
import type { CommitVersion } from "./store.ts";

/** Keys remembered, in bytes, each reckoned with `entryBytes` more. */
export const recentBytesMax = 32 * 1024 * 1024;
const entryBytes = 64;
const nothing = new SpanSet();

interface Group {
  readonly version: CommitVersion;
  readonly footprint: Footprint;
  readonly sizeBytes: number;
}

/** See the head of this file. */
export class RecentWrites {
  #groups: Group[] = [];
  #floor: CommitVersion;
  #sizeBytes = 0;

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
  add(version: CommitVersion, written: Footprint): void {
    const points = new OrderedMap<true>();
    const spans = new SpanSet();
    let sizeBytes = entryBytes;
    written.points.visitAll((key) => {
      points.set(key, true);
      sizeBytes += key.length + entryBytes;
      return true;
    });
    for (const set of [written.cleared, written.declared]) {
      set.visit((span) => {
        spans.add(span);
        sizeBytes += span.start.length + span.end.length + entryBytes;
        return true;
      });
    }
    const footprint = { points, cleared: spans, declared: nothing };
    this.#groups.push({ version, footprint, sizeBytes });
    this.#sizeBytes += sizeBytes;
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

  #drop(count: number): void {
    if (count === 0) return;
    this.#floor = this.#groups[count - 1]!.version;
    this.#groups = this.#groups.slice(count);
  }
}
