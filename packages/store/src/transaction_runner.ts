// Runs transactions, again where they conflict, on whatever backend decides.

import { assert, HoldfastError } from "@holdfast/std";
import type { World } from "@holdfast/world";
import { blindWrites, noVersion } from "./blind_writes.ts";
import type { OneSet } from "./checked_writes.ts";
import type { Request } from "./committer.ts";
import { type AgedSnapshot, type Relaxed, readSnapshotOf, requireSense } from "./consistency.ts";
import type { EngineSnapshot } from "./engine.ts";
import { type KeyText, keyText } from "./key.ts";
import { ReadSet } from "./read_set.ts";
import type { RunningTransactions, Source } from "./running_transactions.ts";
import {
  type Capabilities,
  type Committed,
  type CommitVersion,
  type ReadOptions,
  type ReadSnapshot,
  retriesMax,
  type Transaction,
  type TransactOptions,
  type Writes,
} from "./store.ts";
import { isOrdinary, onTerms, ordinary, type Terms } from "./transact_options.ts";
import type { OpenTransaction } from "./transaction.ts";

/** What a store needs of the world: time to measure and wait by, chance to spread retries. */
export type StoreWorld = Pick<World, "clock" | "random">;

/** What transactions stand on, and where they take effect. */
export interface Backend {
  readonly capabilities: Capabilities;
  /** @throws {HoldfastError} Why nothing can be begun any more. */
  checkOpen(): void;
  /** The rows as they are after every commit that was acknowledged, by whomever, before the call. */
  snapshot(signal: AbortSignal | undefined): EngineSnapshot | Promise<EngineSnapshot>;
  /** The rows as fresh as that; the version that it asks for is one already, or this rejects with `invalid_argument`. */
  staleSnapshot(consistency: Relaxed): AgedSnapshot | Promise<AgedSnapshot>;
  /** Resolves to the version at which it took effect, or to `conflict`. Rejects as `Store.transact` says. */
  commit(request: Request): Promise<CommitVersion | "conflict">;
  /** The same, of a transaction on ordinary terms that read nothing and set a key; where that costs less. */
  commitOne?(one: OneSet): Promise<CommitVersion>;
}

/** The longest wait before the second run. Doubles with each run after. */
const retryDelayMsMin = 1;
/** The longest wait before any run. */
const retryDelayMsMax = 200;

/** See the head of this file. */
export class TransactionRunner {
  readonly #world: StoreWorld;
  readonly #backend: Backend;
  readonly #running: RunningTransactions;

  constructor(world: StoreWorld, backend: Backend, running: RunningTransactions) {
    this.#world = world;
    this.#backend = backend;
    this.#running = running;
  }

  /** As `Store.transact`. */
  transact<T>(
    fn: (tx: Transaction) => Promise<T> | T,
    options: TransactOptions = {},
  ): Promise<Committed<T>> {
    if (isOrdinary(options)) return this.transactOn(fn, ordinary);
    return onTerms(this.#world.clock, options, (terms) => this.transactOn(fn, terms));
  }

  /** The same, for who keeps the deadline himself. */
  async transactOn<T>(
    fn: (tx: Transaction) => Promise<T> | T,
    { signal, priority }: Terms,
  ): Promise<Committed<T>> {
    for (let run = 0; run < retriesMax; run += 1) {
      if (run > 1) await this.#world.clock.sleep(this.#retryDelayMs(run), signal);
      this.#backend.checkOpen();
      const reads = new ReadSet();
      const committed = await this.#running.run(this.#backend, {
        signal,
        reads,
        body: fn,
        after: (tx, value) => this.#commit(tx, value, { reads, signal, priority }),
      });
      if (committed !== null) return committed;
    }
    throw new HoldfastError("conflict", `others kept winning for ${retriesMax} runs`);
  }

  /** As `Store.write`. */
  write(fn: (writes: Writes) => void, options: TransactOptions = {}): Promise<CommitVersion> {
    return onTerms(this.#world.clock, options, async (terms) => {
      this.#backend.checkOpen();
      const request = blindRequest(fn, this.#backend.capabilities.keySizeBytesMax, terms);
      const version = await this.#running.during(this.#backend.commit(request));
      assert(version !== "conflict", "what reads nothing met a conflict");
      return version;
    });
  }

  /** As `Store.get`. */
  get(key: Uint8Array): Promise<Uint8Array | null> {
    try {
      this.#backend.checkOpen();
      const text = keyText(key, this.#backend.capabilities.keySizeBytesMax);
      const opened = this.#backend.snapshot(undefined);
      const value =
        opened instanceof Promise
          ? opened.then((snapshot) => readOne(snapshot, text))
          : readOne(opened, text);
      // Where it is there at once nothing is under way.
      return value instanceof Promise ? this.#running.during(value) : Promise.resolve(value);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As `Store.read`. */
  read<T>(
    fn: (snapshot: ReadSnapshot) => Promise<T> | T,
    { consistency = "linearizable" }: ReadOptions = {},
  ): Promise<T> {
    try {
      this.#backend.checkOpen();
    } catch (error) {
      return Promise.reject(error);
    }
    if (consistency !== "linearizable") return this.#readStale(fn, consistency);
    return this.#running.run(this.#backend, {
      signal: undefined,
      reads: null,
      body: fn,
      after: (_, value) => value,
    });
  }

  async #readStale<T>(
    fn: (snapshot: ReadSnapshot) => Promise<T> | T,
    consistency: Relaxed,
  ): Promise<T> {
    requireSense(consistency);
    let bound = 0;
    const source: Source = {
      capabilities: this.#backend.capabilities,
      snapshot: async () => {
        const { snapshot, staleMsMax } = await this.#backend.staleSnapshot(consistency);
        bound = staleMsMax;
        return snapshot;
      },
    };
    return this.#running.run(source, {
      signal: undefined,
      reads: null,
      body: (tx) => fn(readSnapshotOf(tx, bound)),
      after: (_, value) => value,
    });
  }

  /** Null where it met a conflict. */
  #commit<T>(
    tx: OpenTransaction,
    value: T,
    { reads, signal, priority }: Pick<Request, "reads"> & Terms,
  ): Promise<Committed<T> | null> | Committed<T> {
    const since = tx.version;
    if (tx.isReadOnly) return { value, version: since };
    const isPlain = reads.isEmpty && signal === undefined && priority === "default";
    const committed: Promise<CommitVersion | "conflict"> =
      isPlain && tx.only !== null && this.#backend.commitOne !== undefined
        ? this.#backend.commitOne(tx.only)
        : this.#backend.commit({ reads, writes: tx.writes, since, signal, priority });
    return committed.then((version) => (version === "conflict" ? null : { value, version }));
  }

  #retryDelayMs(run: number): number {
    const longest = Math.min(retryDelayMsMax, retryDelayMsMin * 2 ** run);
    return this.#world.random.next() * longest;
  }
}

/** The value of `key`; gives the snapshot back. */
export function readOne(
  snapshot: EngineSnapshot,
  key: KeyText,
): Uint8Array | null | Promise<Uint8Array | null> {
  let value: Uint8Array | null | Promise<Uint8Array | null> = null;
  try {
    value = snapshot.get(key);
    return value instanceof Promise ? value.finally(() => snapshot.release()) : value;
  } finally {
    if (!(value instanceof Promise)) snapshot.release();
  }
}

/**
 * What commits the writes of `fn`, which stand on no snapshot.
 *
 * @throws {HoldfastError} `cancelled`; `invalid_argument` where it writes nothing; what `fn` throws.
 */
function blindRequest(
  fn: (writes: Writes) => void,
  keySizeBytesMax: number,
  { signal, priority }: Terms,
): Request {
  if (signal?.aborted) throw new HoldfastError("cancelled", "the commit");
  const { writes } = blindWrites(fn, keySizeBytesMax);
  return { reads: new ReadSet(), writes, since: noVersion, signal, priority };
}
