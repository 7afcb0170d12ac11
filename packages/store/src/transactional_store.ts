// A Store over any engine of this process: with its own committer, watches, history, and
// snapshots that are held for long.

import { HoldfastError } from "@holdfast/std";
import { Committer } from "./committer.ts";
import { requireReached } from "./consistency.ts";
import type { Engine } from "./engine.ts";
import { GatheredWrites } from "./gathered_writes.ts";
import { HeldSnapshots } from "./held_snapshots.ts";
import { heldSnapshot } from "./history/changes.ts";
import { type Pause, pauseOn } from "./history/history_reader.ts";
import { PastReader } from "./history/past_reader.ts";
import { spanOf } from "./key.ts";
import { RunningTransactions } from "./running_transactions.ts";
import {
  type AsOfOptions,
  type Capabilities,
  type ChangesOptions,
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
  readonly #past: PastReader;
  readonly #pause: Pause;
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
    this.#pause = pauseOn(world.clock);
    this.#past = new PastReader(backend, this.#running, this.#pause);
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

  changes(range: KeyRange, since: CommitVersion, options: ChangesOptions): Promise<ChangesPage> {
    return this.#past.changes(range, since, options);
  }

  asOf<T>(
    version: CommitVersion,
    fn: (snapshot: Snapshot) => Promise<T> | T,
    options?: AsOfOptions,
  ): Promise<T> {
    return this.#past.asOf(version, fn, options);
  }

  async hold<T>(fn: (snapshot: HeldSnapshot) => Promise<T>): Promise<T> {
    this.#checkOpen();
    const { keySizeBytesMax } = this.capabilities;
    return this.#held.run(this.#engine.snapshot(), (rows) =>
      fn(heldSnapshot(rows, keySizeBytesMax, this.#pause)),
    );
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

  async #close(): Promise<void> {
    this.#held.close();
    this.#past.close();
    await this.#running.idle();
    await this.#committer.idle();
    this.#watches.close();
    await this.#engine.close();
  }
}
