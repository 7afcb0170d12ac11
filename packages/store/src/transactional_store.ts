// A Store over any engine: runs transactions, again where they conflict, and
// sees to it that none holds a snapshot for too long.

import { HoldfastError } from "@holdfast/std";
import type { World } from "@holdfast/world";
import { Committer, type Request } from "./committer.ts";
import type { Engine } from "./engine.ts";
import { spanOf } from "./key.ts";
import { ReadSet } from "./read_set.ts";
import { RunningTransactions } from "./running_transactions.ts";
import {
  type Capabilities,
  type Committed,
  type KeyRange,
  retriesMax,
  type Snapshot,
  type Store,
  type Transaction,
  type TransactOptions,
  type Watch,
} from "./store.ts";
import type { OpenTransaction } from "./transaction.ts";
import { Watches } from "./watches.ts";

/** What a store needs of the world: time to measure and wait by, chance to spread retries. */
export type StoreWorld = Pick<World, "clock" | "random">;

/** The longest wait before the second run. Doubles with each run after. */
const retryDelayMsMin = 1;
/** The longest wait before any run. */
const retryDelayMsMax = 200;

/** See `Store` for the contract, and `Committer` for how it is kept. */
export class TransactionalStore implements Store {
  readonly #world: StoreWorld;
  readonly #engine: Engine;
  readonly #watches = new Watches();
  readonly #running: RunningTransactions;
  readonly #committer: Committer;
  #closed: Promise<void> | null = null;

  /** Takes `engine` over: closing the store closes it. */
  constructor(world: StoreWorld, engine: Engine) {
    this.#world = world;
    this.#engine = engine;
    this.#running = new RunningTransactions(world.clock);
    this.#committer = new Committer(engine, {
      committed: (version, writes) => this.#watches.changed(version, writes),
      oldestSnapshot: () => this.#running.oldestSnapshot,
    });
  }

  get capabilities(): Capabilities {
    return this.#engine.capabilities;
  }

  async transact<T>(
    fn: (tx: Transaction) => Promise<T> | T,
    options: TransactOptions = {},
  ): Promise<Committed<T>> {
    const { signal } = options;
    for (let run = 0; run < retriesMax; run += 1) {
      if (run > 1) await this.#world.clock.sleep(this.#retryDelayMs(run), signal);
      this.#checkOpen();
      const reads = new ReadSet();
      const committed = await this.#running.run(this.#engine, {
        signal,
        reads,
        body: (tx) => fn(tx),
        after: (tx, value) => this.#commit(tx, value, { reads, signal }),
      });
      if (committed !== null) return committed;
    }
    throw new HoldfastError("conflict", `others kept winning for ${retriesMax} runs`);
  }

  async read<T>(fn: (snapshot: Snapshot) => Promise<T> | T): Promise<T> {
    this.#checkOpen();
    return this.#running.run(this.#engine, {
      signal: undefined,
      reads: null,
      body: (tx) => fn(tx),
      after: (_, value) => value,
    });
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

  /** Null where it met a conflict. */
  async #commit<T>(
    tx: OpenTransaction,
    value: T,
    { reads, signal }: Pick<Request, "reads" | "signal">,
  ): Promise<Committed<T> | null> {
    const { writes, version: since } = tx;
    if (writes.isEmpty) return { value, version: since };
    const version = await this.#committer.commit({ reads, writes, since, signal });
    return version === "conflict" ? null : { value, version };
  }

  #retryDelayMs(run: number): number {
    const longest = Math.min(retryDelayMsMax, retryDelayMsMin * 2 ** run);
    return this.#world.random.next() * longest;
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw new HoldfastError("closed", "the store");
    if (this.#committer.stopped !== null) throw this.#committer.stopped;
  }

  async #close(): Promise<void> {
    await this.#running.idle();
    await this.#committer.idle();
    this.#watches.close();
    await this.#engine.close();
  }
}
