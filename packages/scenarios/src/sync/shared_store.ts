// A store that several machines use, as a database that is somewhere else.
//
// It is a model: until there is a driver that reaches a store over the network, the
// calls of a process go to the store's machine as they are. What the process would
// see, it sees: answers take a moment; after the process ended, none comes; while the
// store is down, calls fail with `unavailable`, and those that were under way may
// have been done or not.

import type { MachineWorld } from "@holdfast/sim";
import { HoldfastError } from "@holdfast/std";
import type {
  Capabilities,
  Committed,
  CommitVersion,
  KeyRange,
  ReadSnapshot,
  Store,
  Transaction,
  TransactOptions,
  Watch,
  Writes,
} from "@holdfast/store";

/** How long a call takes to the store, or its answer back. */
const latencyMs = 1;

/** What the gate knows of the store's machine. */
export interface StoreSource {
  /** The store, or null while it is down. */
  readonly store: Store | null;
  /** Resolves when the present store is gone. */
  readonly gone: Promise<void>;
}

/** A store as the process of `world` reaches it. */
export class SharedStore implements Store {
  readonly capabilities: Capabilities;
  readonly #world: MachineWorld;
  readonly #source: StoreSource;
  readonly #store: Store;
  #isGone = false;

  /** @throws {HoldfastError} `unavailable` where the store is down. */
  constructor(world: MachineWorld, source: StoreSource) {
    const { store } = source;
    if (store === null) throw unavailable();
    this.#world = world;
    this.#source = source;
    this.#store = store;
    this.capabilities = store.capabilities;
    void source.gone.then(() => {
      this.#isGone = true;
    });
  }

  transact<T>(
    fn: (tx: Transaction) => Promise<T> | T,
    options?: TransactOptions,
  ): Promise<Committed<T>> {
    return this.#call(() => this.#store.transact(fn, options));
  }

  write(fn: (writes: Writes) => void, options?: TransactOptions): Promise<CommitVersion> {
    return this.#call(() => this.#store.write(fn, options));
  }

  get(key: Uint8Array): Promise<Uint8Array | null> {
    return this.#call(() => this.#store.get(key));
  }

  read<T>(fn: (snapshot: ReadSnapshot) => Promise<T> | T): Promise<T> {
    return this.#call(() => this.#store.read(fn));
  }

  watch(range: KeyRange): Watch {
    if (this.#isGone) throw unavailable();
    const watch = this.#store.watch(range);
    return {
      next: async (since: CommitVersion) => {
        const version = await Promise.race([watch.next(since), this.#source.gone.then(() => null)]);
        await this.#world.clock.sleep(latencyMs);
        return version;
      },
      close: () => watch.close(),
    };
  }

  /** Leaves the store to the others. */
  async close(): Promise<void> {}

  async #call<T>(work: () => Promise<T>): Promise<T> {
    await this.#world.clock.sleep(latencyMs);
    if (this.#isGone) throw unavailable();
    const lost = this.#source.gone.then(() => {
      throw unavailable();
    });
    lost.catch(() => undefined);
    const answer = await Promise.race([work(), lost]);
    // What comes of a process that has ended meanwhile waits here for ever.
    await this.#world.clock.sleep(latencyMs);
    return answer;
  }
}

function unavailable(): HoldfastError {
  return new HoldfastError("unavailable", "the store can't be reached");
}
