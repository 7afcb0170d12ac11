// A store that a server holds, used over the wire: the same interface in Node and in a page.
//
//   transact --> RemoteTransaction --\
//   watch -----> RemoteWatches -------+--> Link, of the Dialer --> one of the servers
//
// `fn` runs here, on a snapshot that the server holds for it; what it read and wrote goes
// there in one piece, to be committed there. Nothing is cached: every read is the server's
// answer, on a snapshot at least as new as every commit that was acknowledged before.

import { encodeUtf8, HoldfastError } from "@holdfast/std";
import { blindWrites } from "../../blind_writes.ts";
import { sessionSizeBytes } from "../../commit_token.ts";
import { requireSense } from "../../consistency.ts";
import { requireLimit } from "../../history/changes.ts";
import { checkKey, spanOf, toKeyBytes } from "../../key.ts";
import { RunningTransactions } from "../../running_transactions.ts";
import type {
  AsOfOptions,
  Capabilities,
  ChangesOptions,
  ChangesPage,
  Committed,
  CommitVersion,
  KeyRange,
  PastStore,
  Priority,
  ReadOptions,
  ReadSnapshot,
  Snapshot,
  Transaction,
  TransactOptions,
  Watch,
  Writes,
} from "../../store.ts";
import { isOrdinary, onTerms, ordinary, type Terms } from "../../transact_options.ts";
import { TransactionRunner } from "../../transaction_runner.ts";
import { Dialer } from "./dialer.ts";
import { credentialSizeBytesMax } from "./limits.ts";
import type { Link, RemoteWorld } from "./link.ts";
import { commitBlind, lookUp, tellChanges } from "./remote_blind.ts";
import { patienceMsMax, type RemoteParts, RemoteTransaction } from "./remote_transaction.ts";
import { RemoteWatches } from "./remote_watches.ts";
import { Slots } from "./slots.ts";

/** What {@link openRemoteStore} takes. */
export interface RemoteStoreOptions {
  /** In a page `browserWorld()`, in Node `nodeWorld()`. */
  readonly world: RemoteWorld;
  /** Where the store is served, such as `wss://example.org/v1/store`; of several, whichever answers. */
  readonly url: string | readonly string[];
  /** Presented to the server; nothing unless given. */
  readonly credential?: Uint8Array | string;
}

/**
 * Opens a store that a server holds. As other drivers' stores; and besides:
 *
 * - Where the connection is lost before a commit was sent, `fn` runs again, on another
 *   one: of `transact`, and of `read` too.
 * - A `write` is asked for once: where its answer is lost it is an `unknown_outcome`.
 * - A commit of `transact` whose answer was lost is settled: it took effect once or not at all. Where
 *   nobody could tell for {@link patienceMsMax} it is an `unknown_outcome`.
 * - `transact` and `read` fail with `unavailable` where no server was reached for so long.
 * - Up to 256 transactions are under way at once, others wait; 1,000 watches are open.
 *
 * @throws {HoldfastError} `unauthenticated`, `forbidden`, `unsupported_version` as the
 *   server says; `unavailable` where none was reached for {@link patienceMsMax};
 *   `invalid_argument`.
 */
export async function openRemoteStore(options: RemoteStoreOptions): Promise<PastStore> {
  const { url } = options;
  const urls = typeof url === "string" ? [url] : url;
  if (urls.length === 0) throw new HoldfastError("invalid_argument", "no url to connect to");
  const credential = credentialOf(options.credential ?? "");
  const store = new RemoteStore(options.world, urls, credential);
  await store.open();
  return store;
}

function credentialOf(given: Uint8Array | string): Uint8Array {
  const bytes = typeof given === "string" ? encodeUtf8(given) : given.slice();
  if (bytes.length <= credentialSizeBytesMax) return bytes;
  const sizes = `${bytes.length} bytes, at most ${credentialSizeBytesMax}`;
  throw new HoldfastError("invalid_argument", `a credential of ${sizes}`);
}

class RemoteStore implements PastStore {
  readonly #world: RemoteWorld;
  readonly #dialer: Dialer;
  readonly #running: RunningTransactions;
  readonly #watches: RemoteWatches;
  readonly #slots = new Slots();
  #parts!: RemoteParts;
  #closed: Promise<void> | null = null;

  constructor(world: RemoteWorld, urls: readonly string[], credential: Uint8Array) {
    this.#world = world;
    this.#running = new RunningTransactions(world.clock);
    this.#watches = new RemoteWatches(world.clock, () => this.#dialer.present);
    this.#dialer = new Dialer(
      urls,
      {
        ...{ world, credential, session: world.random.bytes(sessionSizeBytes) },
        onChanged: (watch, version) => this.#watches.changed(watch, version),
        onUnwatched: (watch) => this.#watches.unwatched(watch),
      },
      (link) => this.#watches.stand(link),
    );
  }

  async open(): Promise<void> {
    let link: Link;
    try {
      link = await this.#dialer.link(this.#world.clock.now() + patienceMsMax);
    } catch (error) {
      await this.#dialer.close();
      throw error;
    }
    const { durable, staleReads, history, keySizeBytesMax } = link.welcome;
    this.#parts = {
      world: this.#world,
      dialer: this.#dialer,
      slots: this.#slots,
      checkOpen: () => this.#checkOpen(),
      capabilities: {
        ...{ driver: "remote", durable, keySizeBytesMax },
        ...{ versionStamps: true, history, staleReads },
      },
    };
  }

  get capabilities(): Capabilities {
    return this.#parts.capabilities;
  }

  transact<T>(
    fn: (tx: Transaction) => Promise<T> | T,
    options: TransactOptions = {},
  ): Promise<Committed<T>> {
    return onTerms(this.#world.clock, options, (terms) =>
      this.#run((tx) => this.#runner(tx).transactOn(fn, terms), terms.priority),
    );
  }

  write(fn: (writes: Writes) => void, options: TransactOptions = {}): Promise<CommitVersion> {
    if (!isOrdinary(options)) {
      return onTerms(this.#world.clock, options, async (terms) => this.#write(fn, terms));
    }
    try {
      return this.#write(fn, ordinary);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #write(fn: (writes: Writes) => void, terms: Terms): Promise<CommitVersion> {
    this.#checkOpen();
    if (terms.signal?.aborted) throw new HoldfastError("cancelled", "the commit");
    const own = blindWrites(fn, this.capabilities.keySizeBytesMax);
    return this.#running.during(commitBlind(this.#parts, own, terms));
  }

  get(key: Uint8Array): Promise<Uint8Array | null> {
    try {
      this.#checkOpen();
      checkKey(key, this.capabilities.keySizeBytesMax);
      return this.#running.during(lookUp(this.#parts, key));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  read<T>(fn: (snapshot: ReadSnapshot) => Promise<T> | T, options?: ReadOptions): Promise<T> {
    return this.#run((tx) => this.#runner(tx).read(fn, options), "default");
  }

  async changes(
    range: KeyRange,
    since: CommitVersion,
    { limitChanges, consistency = "linearizable" }: ChangesOptions,
  ): Promise<ChangesPage> {
    this.#checkOpen();
    const { start, end } = spanOf(range, this.capabilities.keySizeBytesMax);
    this.#requireHistory();
    requireLimit(limitChanges);
    requireSense({ atLeast: since });
    if (consistency !== "linearizable") requireSense(consistency);
    const span = { start: toKeyBytes(start), end: toKeyBytes(end) };
    return this.#running.during(
      tellChanges(this.#parts, { ...span, since, limitChanges, consistency }),
    );
  }

  async asOf<T>(
    version: CommitVersion,
    fn: (snapshot: Snapshot) => Promise<T> | T,
    { signal }: AsOfOptions = {},
  ): Promise<T> {
    this.#checkOpen();
    this.#requireHistory();
    requireSense({ atLeast: version });
    const run = { signal, reads: null, after: (_: unknown, value: T) => value };
    return this.#run((tx) => {
      const source = { capabilities: this.capabilities, snapshot: () => tx.past(version, signal) };
      return this.#running.run(source, { ...run, body: ({ snapshot }) => fn(snapshot) });
    }, "default");
  }

  watch(range: KeyRange): Watch {
    this.#checkOpen();
    return this.#watches.open(spanOf(range, this.capabilities.keySizeBytesMax));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#running.idle();
    this.#watches.close();
    await this.#dialer.close();
  }

  /** Runs it on another connection where the first one was lost with nothing committed. */
  async #run<T>(work: (tx: RemoteTransaction) => Promise<T>, priority: Priority): Promise<T> {
    const untilMs = this.#world.clock.now() + patienceMsMax;
    for (;;) {
      const tx = new RemoteTransaction(this.#parts, priority);
      try {
        return await work(tx);
      } catch (error) {
        if (!tx.isLostBy(error) || this.#world.clock.now() >= untilMs) throw error;
      } finally {
        tx.end();
      }
    }
  }

  #runner(tx: RemoteTransaction): TransactionRunner {
    return new TransactionRunner(this.#world, tx, this.#running);
  }

  #requireHistory(): void {
    if (this.capabilities.history) return;
    throw new HoldfastError("invalid_argument", "the server's store keeps no history");
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw new HoldfastError("closed", "the store");
  }
}
