// The committer: the one place where transactions take effect, one group after
// another.
//
// A transaction has run on a snapshot, outside of any lock. It hands in what it
// read and wrote, and waits. The committer takes all that wait, as one group:
// walks through them in order (of priority, see commit_queue.ts), refuses those whose reads were touched by a
// commit after their snapshot (a former group's, or one ahead in this group),
// gives each of the others the next version, adds their writes up to one set,
// and hands that to the engine. When the engine says durable, all of the group
// are acknowledged, and those that gathered meanwhile are the next group. So one
// fdatasync serves as many as wait for it, and none waits for more than two.
//
// Invariants:
//   C1  Versions given out ascend, and are never given twice, even where a group failed.
//   C2  What is acknowledged was durable before. What failed leaves no trace here, nor,
//       for want of room or being too large, in the engine; after any other failure nothing is committed
//       any more, and whether that group was kept shows at the next opening.
//   C3  A transaction is acknowledged only if all it read is as it was in its
//       snapshot at the moment that its version stands for. With C1 this makes the
//       order of versions a serial order; and since a snapshot is taken after
//       `transact` was called and shows all that was acknowledged until then, that
//       order agrees with real time.
//
// Source: backward validation as in Kung and Robinson 1981, section 4; group
// commit as in DeWitt et al. 1984. Unlike there, validation and the write phase
// are one serial stream, which is what makes the group.

import { assert, HoldfastError, isHoldfastError } from "@holdfast/std";
import { CommitQueue, type Queued } from "./commit_queue.ts";
import { type CommitRecord, lengthsSizeBytes } from "./commit_record.ts";
import type { CommitToken, CommittedToken } from "./commit_token.ts";
import type { Engine } from "./engine.ts";
import { noPriorValues, type PriorValues, readPriorValues } from "./prior_values.ts";
import type { ReadSet } from "./read_set.ts";
import { RecentWrites } from "./recent_writes.ts";
import { type CommitVersion, type Priority, transactionSizeBytesMax } from "./store.ts";
import type { TransactionWrites } from "./transaction_writes.ts";
import { WriteSet } from "./write_set.ts";

/** Most transactions in one group. */
const groupTransactionsMax = 10_000;
/** What a commit is carried with, besides what it writes: its version, counts, length and token. */
const commitOverheadBytes = 64;

/** A transaction that has run. */
export interface Request {
  readonly reads: ReadSet;
  readonly writes: TransactionWrites;
  /** The version of its snapshot. */
  readonly since: CommitVersion;
  /** Until its group is made up, this takes it back. */
  readonly signal: AbortSignal | undefined;
  readonly priority: Priority;
  /** Names it, where it may be asked for again. */
  readonly token?: CommitToken;
  /** How many versions it takes, where it is the writes of several callers; the last one is the request's. 1 unless given. */
  readonly versions?: number;
}

interface Waiting extends Queued {
  readonly request: Request;
  readonly resolve: (version: CommitVersion | "conflict") => void;
  readonly reject: (error: Error) => void;
}

interface Accepted {
  readonly waiting: Waiting;
  readonly version: CommitVersion;
}

/** What a group is made up into. */
interface Group {
  /** All of it. */
  readonly writes: WriteSet;
  /** Transaction by transaction, where the engine keeps a history and each of them is known; else empty. */
  readonly commits: CommitRecord[];
  readonly tokens: CommittedToken[];
}

/** What the committer tells others. */
export interface CommitterEvents {
  /** A group is durable and visible. Must not throw. */
  committed(version: CommitVersion, writes: WriteSet): void;
  /** The oldest snapshot that a transaction still stands on, or null. */
  oldestSnapshot(): CommitVersion | null;
}

/** See the head of this file. */
export class Committer {
  readonly #engine: Engine;
  readonly #events: CommitterEvents;
  readonly #recent: RecentWrites;
  readonly #waiting = new CommitQueue<Waiting>();
  #version: CommitVersion;
  #stopped: HoldfastError | null = null;
  #running: Promise<void> | null = null;

  constructor(engine: Engine, events: CommitterEvents) {
    this.#engine = engine;
    this.#events = events;
    this.#version = engine.version;
    this.#recent = new RecentWrites(engine.version);
  }

  /** Why nothing more is committed, or null. */
  get stopped(): HoldfastError | null {
    return this.#stopped;
  }

  /** Resolves to the version that `request` took effect at, or to `conflict`. Rejects as `Store.transact` says. */
  commit(request: Request): Promise<CommitVersion | "conflict"> {
    return new Promise((resolve, reject) => {
      const { priority, writes } = request;
      this.#waiting.push({ priority, sizeBytes: writes.sizeBytes, request, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves once nothing waits. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    await null; // those who hand in during this turn come along
    while (this.#waiting.size > 0) await this.#group();
    this.#running = null;
  }

  async #group(): Promise<void> {
    const candidates = this.#waiting.candidates(groupTransactionsMax);
    const prior = await this.#prior(candidates);
    if (prior === null) return;
    const group: Group = { writes: new WriteSet(), commits: [], tokens: [] };
    const accepted = this.#validate(group, candidates, prior);
    if (accepted.length === 0) return;
    const { writes, commits, tokens } = group;
    try {
      await this.#engine.commit(this.#version, writes, commits, tokens);
    } catch (error) {
      this.#fail(accepted, error);
      return;
    }
    assert(this.#engine.version === this.#version, "C2: the engine shows what it committed");
    this.#recent.forgetUpTo(this.#events.oldestSnapshot() ?? this.#version);
    this.#recent.add(this.#version, writes);
    this.#events.committed(this.#version, writes);
    for (const { waiting, version } of accepted) waiting.resolve(version);
  }

  /** What those who wait change; null where that can't be read, and then they are told. */
  async #prior(candidates: readonly Waiting[]): Promise<PriorValues | null> {
    const changing = candidates.filter(({ request }) => request.writes.changes.size > 0);
    if (changing.length === 0) return { ...noPriorValues, count: candidates.length };
    try {
      return await readPriorValues(
        this.#engine,
        candidates.map(({ request }) => request.writes),
      );
    } catch (error) {
      this.#waiting.remove(new Set(changing));
      for (const { reject } of changing) reject(toFailure(error));
      return null;
    }
  }

  /** Takes the next group from `candidates`, and adds its writes up in `group`. */
  #validate(
    group: Group,
    candidates: readonly Waiting[],
    { values, count, tooLarge }: PriorValues,
  ): Accepted[] {
    const { writes, commits, tokens } = group;
    const { groupSizeBytesMax = transactionSizeBytesMax, capabilities } = this.#engine;
    const accepted: Accepted[] = [];
    const { history } = capabilities;
    let isWhole = true;
    let taken = 0;
    let recordedBytes = 0;
    for (const waiting of candidates.slice(0, count)) {
      const { reads, writes: own, since, signal, token, versions = 1 } = waiting.request;
      const sizeBytes = history
        ? recordedBytes + recordedSizeBytes(own.sizeBytesUpon(values, writes), own.count)
        : writes.sizeBytes + own.sizeBytesUpon(values);
      if (sizeBytes > groupSizeBytesMax && taken > 0) break;
      taken += 1;
      if (this.#stopped !== null) waiting.reject(this.#stopped);
      else if (signal?.aborted) waiting.reject(new HoldfastError("cancelled", "the commit"));
      else if (tooLarge.has(own)) waiting.reject(largeWithValues());
      else if (this.#recent.touch(reads, since) || reads.isTouchedBy(writes)) {
        waiting.resolve("conflict");
      } else {
        this.#version = (this.#version + versions) as CommitVersion;
        const alone = history ? new WriteSet() : null;
        own.addTo(writes, this.#version, values, alone);
        if (alone !== null) {
          commits.push({ version: this.#version, writes: alone });
          isWhole &&= versions === 1;
          recordedBytes += recordedSizeBytes(alone.sizeBytes, alone.points.size);
        }
        if (token !== undefined) tokens.push({ ...token, version: this.#version });
        accepted.push({ waiting, version: this.#version });
      }
    }
    // Of writes that were added up elsewhere nobody knows any more what each of them was.
    if (!isWhole) commits.length = 0;
    this.#waiting.take(candidates.slice(0, taken));
    return accepted;
  }

  #fail(accepted: readonly Accepted[], error: unknown): void {
    const failure = toFailure(error);
    if (failure.code !== "disk_full" && failure.code !== "too_large") this.#stopped = failure;
    for (const { waiting } of accepted) waiting.reject(failure);
  }
}

function toFailure(error: unknown): HoldfastError {
  if (isHoldfastError(error)) return error;
  return new HoldfastError("io", `the commit failed: ${String(error)}`);
}

/** About the bytes of one commit among others, with its token: each is carried by itself where a history is kept. */
function recordedSizeBytes(sizeBytes: number, points: number): number {
  return sizeBytes + points * lengthsSizeBytes + commitOverheadBytes;
}

function largeWithValues(): HoldfastError {
  const sentence = `with the values that it changes the transaction has over ${transactionSizeBytesMax} bytes`;
  return new HoldfastError("too_large", sentence);
}
