// Those who wait for the committer, in the order in which their turn comes.
//
//   immediate, default, batch; in each, who came first
//
// A group takes from the front as many as fit. Those of priority `batch` get a bounded share
// of it, also where nobody else waits: whoever comes then waits for a small group.
//
// Invariants:
//   CQ1  What one group leaves stays in its order.
//   CQ2  Where `batchGroupsMax` groups in a row took none of priority `batch`, though one
//        waited, the one that waits longest goes first in the next.
//
// Source: the priorities of FoundationDB's transactions. Departure: there `batch` may wait
// for ever, and all wait before they read; here nothing is held back but commits.

import { batchGroupsMax, type Priority } from "./store.ts";

/** Of one group, those of priority `batch` have at most about so many bytes... */
export const batchSizeBytesMax = 1_048_576;
/** ...and are at most so many. */
export const batchTransactionsMax = 100;

/** What waits. */
export interface Queued {
  readonly priority: Priority;
  readonly sizeBytes: number;
}

/** See the head of this file. */
export class CommitQueue<T extends Queued> {
  #immediate: T[] = [];
  #default: T[] = [];
  #batch: T[] = [];
  /** Groups in a row that took nothing of `#batch`. */
  #passes = 0;

  get size(): number {
    return this.#immediate.length + this.#default.length + this.#batch.length;
  }

  /** Comes behind all of its priority. O(1). */
  push(item: T): void {
    if (item.priority === "default") this.#default.push(item);
    else if (item.priority === "immediate") this.#immediate.push(item);
    else this.#batch.push(item);
  }

  /** Those from whom the next group is made, in order; at most `countMax`. O(what is returned). */
  candidates(countMax: number): readonly T[] {
    const urgent = this.#immediate.slice(0, countMax);
    for (const item of this.#default.slice(0, countMax - urgent.length)) urgent.push(item);
    const batch = this.#batchShare();
    if (batch.length === 0) return urgent;
    const ordered =
      this.#passes < batchGroupsMax
        ? [...urgent, ...batch]
        : [batch[0]!, ...urgent, ...batch.slice(1)]; // CQ2
    return ordered.slice(0, countMax);
  }

  /** Removes those whom a group took: some from the front of {@link candidates}. O(all who wait). */
  take(taken: readonly T[]): void {
    const counts = { immediate: 0, default: 0, batch: 0 };
    for (const { priority } of taken) counts[priority] += 1;
    if (taken.length > 0) {
      this.#passes = counts.batch > 0 || this.#batch.length === 0 ? 0 : this.#passes + 1;
    }
    this.#immediate = this.#immediate.slice(counts.immediate);
    this.#default = this.#default.slice(counts.default);
    this.#batch = this.#batch.slice(counts.batch);
  }

  /** Removes these, wherever they stand. O(all who wait). */
  remove(items: ReadonlySet<T>): void {
    const stays = (item: T) => !items.has(item);
    this.#immediate = this.#immediate.filter(stays);
    this.#default = this.#default.filter(stays);
    this.#batch = this.#batch.filter(stays);
  }

  /** At least one, where one waits. */
  #batchShare(): readonly T[] {
    let [count, sizeBytes] = [0, 0];
    for (const item of this.#batch) {
      sizeBytes += item.sizeBytes;
      if (count > 0 && (sizeBytes > batchSizeBytesMax || count >= batchTransactionsMax)) break;
      count += 1;
    }
    return this.#batch.slice(0, count);
  }
}
