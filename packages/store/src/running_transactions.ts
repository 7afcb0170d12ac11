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

// One for all: to make an error costs as much as the rest of a small transaction.
const hasEnded = new HoldfastError("closed", "the transaction has ended");

interface Entry {
  readonly startedMs: number;
  readonly snapshotVersion: CommitVersion;
  fail(error: HoldfastError): void;
}

/** See the head of this file. Every operation O(1). */
export class RunningTransactions {
  readonly #clock: Clock;
  /** All, in the order of their snapshots. */
  readonly #entries = new Set<Entry>();
  /** Those whose body runs, in the same order. */
  readonly #aging = new Set<Entry>();
  #timer: Timer | null = null;
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
    if (this.#entries.size === 0) return;
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
    const { signal } = run;
    if (signal?.aborted) throw cancelled();
    const { keySizeBytesMax } = source.capabilities;
    const opened = source.snapshot(signal);
    // Not awaited where it is there: that would cost a turn.
    const snapshot = opened instanceof Promise ? await opened : opened;
    const tx = new OpenTransaction(snapshot, keySizeBytesMax, run.reads);
    let entry: Entry | null = null;
    const failed = new Promise<never>((_, reject) => {
      const fail = (error: HoldfastError) => {
        tx.end(error);
        reject(error);
      };
      entry = { startedMs: this.#clock.now(), snapshotVersion: tx.version, fail };
    });
    const added = this.#add(entry!);
    const abort = () => added.fail(cancelled());
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const value = await Promise.race([run.body(tx), failed]);
      this.#ripen(added, signal, abort);
      tx.end(hasEnded);
      return await run.after(tx, value);
    } finally {
      this.#ripen(added, signal, abort);
      tx.end(hasEnded);
      this.#remove(added);
    }
  }

  #add(entry: Entry): Entry {
    this.#entries.add(entry);
    this.#aging.add(entry);
    if (this.#timer === null) this.#watchOldest();
    return entry;
  }

  /** The body is done: from here on neither age nor signal ends it. */
  #ripen(entry: Entry, signal: AbortSignal | undefined, abort: () => void): void {
    this.#aging.delete(entry);
    signal?.removeEventListener("abort", abort);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry);
    if (this.#entries.size > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
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

function cancelled(): HoldfastError {
  return new HoldfastError("cancelled", "the transaction");
}
