// The transactions that are under way, oldest first: so that none outlives its
// time, and the committer knows how far back it must remember.

import { HoldfastError } from "@holdfast/std";
import type { Clock, Timer } from "@holdfast/world";
import type { EngineSnapshot } from "./engine.ts";
import type { ReadSet } from "./read_set.ts";
import { type Capabilities, type CommitVersion, transactionAgeMsMax } from "./store.ts";
import { OpenTransaction } from "./transaction.ts";

/** What to do with a transaction. */
export interface Run<T, R> {
  /** Ends `body` early, with `cancelled`. */
  readonly signal: AbortSignal | undefined;
  /** Where to note what the body reads; null where nobody will ask. */
  readonly reads: ReadSet | null;
  /** Reads and writes; at most `transactionAgeMsMax`. */
  body(tx: OpenTransaction): Promise<T> | T;
  /** What comes after, when the snapshot is given back; as long as it takes. */
  after(tx: OpenTransaction, value: T): Promise<R> | R;
}

/** Where snapshots come from. */
export interface Source {
  readonly capabilities: Capabilities;
  snapshot(signal: AbortSignal | undefined): EngineSnapshot | Promise<EngineSnapshot>;
}

/** Microtasks after the last transaction before its timer is taken back. */
const lingerSteps = 32;

/** A transaction that is under way. */
class Entry {
  readonly tx: OpenTransaction;
  readonly startedMs: number;
  readonly snapshotVersion: CommitVersion;
  /** Those that began before and after it; null at the ends, and once it was removed. */
  older: Entry | null = null;
  newer: Entry | null = null;
  isRemoved = false;
  /** Whether its body is waited for. */
  isAging = false;
  /** Ends that wait; null as long as nobody waits. */
  reject: ((error: unknown) => void) | null = null;

  constructor(tx: OpenTransaction, startedMs: number) {
    this.tx = tx;
    this.startedMs = startedMs;
    this.snapshotVersion = tx.version;
  }

  fail(error: HoldfastError): void {
    this.tx.end(error);
    this.reject?.(error);
  }
}

/** See the head of this file. Every operation O(1), but for the timer's, every few seconds. */
export class RunningTransactions {
  readonly #clock: Clock;
  /** The ends of a list of all, in the order of their snapshots. */
  #oldest: Entry | null = null;
  #newest: Entry | null = null;
  #timer: Timer | null = null;
  /** How many have begun. */
  #begun = 0;
  #isLingering = false;
  /** Commits that stand on no snapshot. */
  #blind = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The oldest snapshot in use, or null. Snapshots are taken in ascending order. */
  get oldestSnapshot(): CommitVersion | null {
    return this.#oldest?.snapshotVersion ?? null;
  }

  /** Resolves once nothing is under way. */
  async idle(): Promise<void> {
    if (this.#oldest === null && this.#blind === 0) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /**
   * Runs `run` on a new snapshot of `source`. The snapshot is given back however
   * it ends, even where the body never does.
   *
   * @throws {HoldfastError} `too_old`, `cancelled`, and whatever the body, what
   *   comes after, and the source throw.
   */
  run<T, R>(source: Source, run: Run<T, R>): Promise<R> {
    if (run.signal?.aborted) return Promise.reject(cancelled());
    try {
      const opened = source.snapshot(run.signal);
      // Not awaited where it is there, here and below: each wait is a turn, and most have none.
      return opened instanceof Promise
        ? opened.then((snapshot) => this.#begin(source, snapshot, run))
        : this.#begin(source, opened, run);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** What `commit` comes to, which stands on no snapshot: it is under way, and has no age. */
  during<R>(commit: Promise<R>): Promise<R> {
    this.#blind += 1;
    const end = () => {
      this.#blind -= 1;
      this.#tellIfIdle();
    };
    return commit.then(
      (found) => {
        end();
        return found;
      },
      (error: unknown) => {
        end();
        throw error;
      },
    );
  }

  #begin<T, R>(source: Source, snapshot: EngineSnapshot, run: Run<T, R>): Promise<R> {
    const tx = new OpenTransaction(snapshot, source.capabilities.keySizeBytesMax, run.reads);
    const entry = new Entry(tx, this.#clock.now());
    this.#add(entry);
    try {
      const outcome = run.body(tx);
      if (isPromise(outcome)) return this.#await(entry, outcome, run);
      // What has its value already can't be ended by age or signal.
      const result = this.#finish(entry, run, outcome);
      return Promise.resolve(result);
    } catch (error) {
      this.#remove(entry);
      return Promise.reject(error);
    }
  }

  /** What `body` and what comes after it come to, unless age or a signal end it first. */
  #await<T, R>(entry: Entry, body: PromiseLike<T>, run: Run<T, R>): Promise<R> {
    entry.isAging = true;
    if (this.#timer === null) this.#watchOldest();
    return new Promise<R>((resolve, reject) => {
      const { signal } = run;
      const abort = () => entry.fail(cancelled());
      const end = () => {
        entry.isAging = false;
        signal?.removeEventListener("abort", abort);
      };
      entry.reject = (error) => {
        end();
        this.#remove(entry);
        reject(error);
      };
      body.then(
        (value) => {
          if (!entry.isAging) return;
          end();
          try {
            resolve(this.#finish(entry, run, value));
          } catch (error) {
            this.#remove(entry);
            reject(error);
          }
        },
        (error) => {
          if (entry.isAging) entry.reject!(error);
        },
      );
      signal?.addEventListener("abort", abort, { once: true });
      if (signal?.aborted) abort();
    });
  }

  /** Gives the snapshot back, and does what comes after. Where that throws, the entry is left. */
  #finish<T, R>(entry: Entry, run: Run<T, R>, value: T): Promise<R> | R {
    entry.tx.end();
    const result = run.after(entry.tx, value);
    if (!(result instanceof Promise)) {
      this.#remove(entry);
      return result;
    }
    return result.then(
      (found) => {
        this.#remove(entry);
        return found;
      },
      (error: unknown) => {
        this.#remove(entry);
        throw error;
      },
    );
  }

  #add(entry: Entry): void {
    this.#begun += 1;
    entry.older = this.#newest;
    if (this.#newest === null) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #remove(entry: Entry): void {
    entry.tx.end();
    if (entry.isRemoved) return;
    entry.isRemoved = true;
    const { older, newer } = entry;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    if (this.#oldest !== null) return;
    if (this.#timer !== null && !this.#isLingering) void this.#cancelTimer();
    this.#tellIfIdle();
  }

  #tellIfIdle(): void {
    if (this.#oldest !== null || this.#blind > 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /**
   * Takes the timer back, unless another transaction begins in this same turn of the event
   * loop: whoever reads without ever waiting would set a timer for each read.
   */
  async #cancelTimer(): Promise<void> {
    this.#isLingering = true;
    for (let begun = -1; this.#oldest === null && begun !== this.#begun; ) {
      begun = this.#begun;
      for (let step = 0; step < lingerSteps; step += 1) await null;
    }
    this.#isLingering = false;
    if (this.#oldest !== null) return;
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** One timer for all: it goes off when the oldest may be too old, and looks. */
  #watchOldest(): void {
    this.#timer = null;
    const now = this.#clock.now();
    for (let entry = this.#oldest; entry !== null; entry = entry.newer) {
      if (!entry.isAging) continue;
      const ageMs = now - entry.startedMs;
      if (ageMs < transactionAgeMsMax) {
        this.#timer = this.#clock.timer(transactionAgeMsMax - ageMs, () => this.#watchOldest());
        return;
      }
      const limit = `${transactionAgeMsMax} ms`;
      entry.fail(new HoldfastError("too_old", `the transaction ran for longer than ${limit}`));
    }
  }
}

function isPromise<T>(outcome: PromiseLike<T> | T): outcome is PromiseLike<T> {
  return typeof (outcome as PromiseLike<T> | null | undefined)?.then === "function";
}

function cancelled(): HoldfastError {
  return new HoldfastError("cancelled", "the transaction");
}
