// A Store over any engine of this process: with its own committer, watches, history, and
// snapshots that are held for long.

import { HoldfastError } from "@holdfast/std";
import { Committer } from "./committer.ts";
import { requireReached } from "./consistency.ts";
import type { Engine } from "./engine.ts";
import { GatheredWrites } from "./gathered_writes.ts";
import { HeldSnapshots } from "./held_snapshots.ts";
import { heldSnapshot, readChanges, rowsAsOf } from "./history/changes.ts";
import { undoTo } from "./history/history_reader.ts";
import { spanOf } from "./key.ts";
import { RunningTransactions } from "./running_transactions.ts";
import {
  type Capabilities,
  type ChangesPage,
  type Committed,
  type CommitVersion,
  type HeldSnapshot,
  holdsMax,
  type KeyRange,
  type LocalStore,
  type ReadOptions,
  type ReadSnapshot,
  type Snapshot,
  type Transaction,
  type TransactOptions,
  type Watch,
  type Writes,
} from "./store.ts";
import { isOrdinary } from "./transact_options.ts";
import { type Backend, type StoreWorld, TransactionRunner } from "./transaction_runner.ts";
import { Watches } from "./watches.ts";

/** See `LocalStore` for the contract, and `Committer` for how it is kept. */
export class TransactionalStore implements LocalStore {
  readonly #engine: Engine;
  readonly #watches = new Watches();
  readonly #running: RunningTransactions;
  readonly #held = new HeldSnapshots(holdsMax);
  /** Of those who read history, which takes as long as there is of it. */
  readonly #reading = new HeldSnapshots(Number.POSITIVE_INFINITY);
  readonly #committer: Committer;
  /** Null where each write has a place of its own in the history. */
  readonly #gathered: GatheredWrites | null;
  readonly #runner: TransactionRunner;
  #closed: Promise<void> | null = null;

  /** Takes `engine` over: closing the store closes it. */
  constructor(world: StoreWorld, engine: Engine) {
    this.#engine = engine;
    this.#running = new RunningTransactions(world.clock);
    this.#committer = new Committer(engine, {
      committed: (version, writes) => this.#watches.changed(version, writes),
      oldestSnapshot: () => this.#running.oldestSnapshot,
    });
    const gathered = engine.capabilities.history
      ? null
      : new GatheredWrites((request) => {
          return this.#running.during(request.then((whole) => this.#committer.commit(whole)));
        });
    const backend: Backend = {
      capabilities: engine.capabilities,
      checkOpen: () => this.#checkOpen(),
      snapshot: () => engine.snapshot(),
      staleSnapshot: (consistency) => requireReached(engine.snapshot(), consistency),
      commit: (request) => this.#committer.commit(request),
      ...(gathered === null ? {} : { commitOne: (one) => gathered.addOne(one) }),
    };
    this.#gathered = gathered;
    this.#runner = new TransactionRunner(world, backend, this.#running);
  }

  get capabilities(): Capabilities {
    return this.#engine.capabilities;
  }

  transact<T>(
    fn: (tx: Transaction) => Promise<T> | T,
    options?: TransactOptions,
  ): Promise<Committed<T>> {
    return this.#runner.transact(fn, options);
  }

  write(fn: (writes: Writes) => void, options?: TransactOptions): Promise<CommitVersion> {
    // What may be taken back, or goes before or behind others, goes alone.
    if (this.#gathered === null || (options !== undefined && !isOrdinary(options))) {
      return this.#runner.write(fn, options);
    }
    try {
      this.#checkOpen();
      return this.#gathered.add(fn, this.capabilities.keySizeBytesMax);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  get(key: Uint8Array): Promise<Uint8Array | null> {
    return this.#runner.get(key);
  }

  read<T>(fn: (snapshot: ReadSnapshot) => Promise<T> | T, options?: ReadOptions): Promise<T> {
    return this.#runner.read(fn, options);
  }

  async changes(
    range: KeyRange,
    since: CommitVersion,
    { limitChanges }: { readonly limitChanges: number },
  ): Promise<ChangesPage> {
    this.#checkOpen();
    const span = spanOf(range, this.capabilities.keySizeBytesMax);
    this.#requireHistory();
    return this.#reading.run(this.#engine, (rows) => readChanges(rows, span, since, limitChanges));
  }

  async asOf<T>(version: CommitVersion, fn: (snapshot: Snapshot) => Promise<T> | T): Promise<T> {
    this.#checkOpen();
    this.#requireHistory();
    return this.#reading.run(this.#engine, async (rows) => {
      const undo = await undoTo(rows, version);
      return this.#running.run(rowsAsOf(this.#engine, rows, version), {
        signal: undefined,
        reads: null,
        body: (tx) => {
          tx.writes.known.absorb(undo);
          return fn(tx.snapshot);
        },
        after: (_, value) => value,
      });
    });
  }

  async hold<T>(fn: (snapshot: HeldSnapshot) => Promise<T>): Promise<T> {
    this.#checkOpen();
    const { keySizeBytesMax } = this.capabilities;
    return this.#held.run(this.#engine, (rows) => fn(heldSnapshot(rows, keySizeBytesMax)));
  }

  watch(range: KeyRange): Watch {
    this.#checkOpen();
    const span = spanOf(range, this.capabilities.keySizeBytesMax);
    return this.#watches.open(span, this.#engine.version);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw new HoldfastError("closed", "the store");
    if (this.#committer.stopped !== null) throw this.#committer.stopped;
  }

  #requireHistory(): void {
    if (this.capabilities.history) return;
    throw new HoldfastError("invalid_argument", "the store was opened without a history");
  }

  async #close(): Promise<void> {
    this.#held.close();
    this.#reading.close();
    await this.#running.idle();
    await this.#committer.idle();
    this.#watches.close();
    await this.#engine.close();
  }
}
