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

/** A transaction that is under way. */
class Entry {
  readonly tx: OpenTransaction;
  readonly startedMs: number;
  readonly snapshotVersion: CommitVersion;
  /** Ends the wait for the body; null as long as nobody waits. */
  reject: ((error: HoldfastError) => void) | null = null;

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

/** See the head of this file. Every operation O(1). */
export class RunningTransactions {
  readonly #clock: Clock;
  /** All, in the order of their snapshots. */
  readonly #entries = new Set<Entry>();
  /** Those whose body runs, in the same order. */
  readonly #aging = new Set<Entry>();
  #timer: Timer | null = null;
  /** Commits that stand on no snapshot. */
  #blind = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The oldest snapshot in use, or null. Snapshots are taken in ascending order. */
  get oldestSnapshot(): CommitVersion | null {
    for (const entry of this.#entries) return entry.snapshotVersion;
    return null;
  }

  /** Resolves once nothing is under way. */
  async idle(): Promise<void> {
    if (this.#entries.size + this.#blind === 0) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /**
   * Runs `run` on a new snapshot of `source`. The snapshot is given back however
   * it ends, even where the body never does.
   *
   * @throws {HoldfastError} `too_old`, `cancelled`, and whatever the body, what
   *   comes after, and the source throw.
   */
  async run<T, R>(source: Source, run: Run<T, R>): Promise<R> {
    if (run.signal?.aborted) throw cancelled();
    const { keySizeBytesMax } = source.capabilities;
    const opened = source.snapshot(run.signal);
    // Not awaited where it is there: that would cost a turn.
    const snapshot = opened instanceof Promise ? await opened : opened;
    const tx = new OpenTransaction(snapshot, keySizeBytesMax, run.reads);
    const entry = new Entry(tx, this.#clock.now());
    this.#entries.add(entry);
    this.#aging.add(entry);
    try {
      const outcome = run.body(tx);
      // What has its value already can't be ended by age or signal: most need no more.
      const value = isPromise(outcome)
        ? await this.#unlessEnded(entry, outcome, run.signal)
        : outcome;
      this.#aging.delete(entry);
      tx.end();
      return await run.after(tx, value);
    } finally {
      this.#aging.delete(entry);
      tx.end();
      this.#remove(entry);
    }
  }

  /** What `commit` comes to, which stands on no snapshot: it is under way, and has no age. */
  async during<R>(commit: Promise<R>): Promise<R> {
    this.#blind += 1;
    try {
      return await commit;
    } finally {
      this.#blind -= 1;
      this.#tellIfIdle();
    }
  }

  /** What `body` comes to, unless age or `signal` end it first. */
  async #unlessEnded<T>(
    entry: Entry,
    body: PromiseLike<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    if (this.#timer === null) this.#watchOldest();
    const value = new Promise<T>((resolve, reject) => {
      entry.reject = reject;
      body.then(resolve, reject);
    });
    if (signal === undefined) return value;
    const abort = () => entry.fail(cancelled());
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await value;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry);
    if (this.#entries.size > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#tellIfIdle();
  }

  #tellIfIdle(): void {
    if (this.#entries.size + this.#blind > 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /** One timer for all: it goes off when the oldest may be too old, and looks. */
  #watchOldest(): void {
    this.#timer = null;
    const now = this.#clock.now();
    for (const entry of this.#aging) {
      const ageMs = now - entry.startedMs;
      if (ageMs < transactionAgeMsMax) {
        this.#timer = this.#clock.timer(transactionAgeMsMax - ageMs, () => this.#watchOldest());
        return;
      }
      this.#aging.delete(entry);
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
