// The contract of the store: an ordered key space with strictly serializable
// transactions. Drivers implement it; layers and the server use nothing else.
//
// The promise, in the literature's words: committed transactions are strictly
// serializable (Herlihy and Wing 1990; Bernstein et al. 1987): there is one
// order of all committed transactions, it agrees with real time, and each saw
// exactly the effects of those before it. A commit is acknowledged only when it
// is durable, as far as the driver declares durability. The rules have ids in
// SPEC.md; the conformance suite holds every driver to them.

/** A moment in a store's history. Grows with each commit that wrote; never repeats. At most 2^53 - 1; 64 bits on disk. */
export type CommitVersion = number & { readonly __brand: "CommitVersion" };

/** A key and its value. A key has 1 to `keySizeBytesMax` bytes and does not begin with 0xff, which is the store's own. */
export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Keys from `start` up to, not including, `end`, in byte order. The ends need not be keys; all of them lie between nothing and 0xff. */
export interface KeyRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

/** How much of a range to read, and from which side. */
export interface RangeOptions {
  /** At most this many rows, 1 to `rangeRowsMax`. */
  readonly limitRows: number;
  /** From the end backwards. */
  readonly reverse?: boolean;
}

/** The store as it was at one version. */
export interface Snapshot {
  /** The version that this shows. */
  readonly version: CommitVersion;
  /** The value of `key`, or null. The bytes are the caller's to keep. */
  get(key: Uint8Array): Promise<Uint8Array | null>;
  /** The first rows of `range`, in byte order, or the last ones in reverse. Fewer than the limit means that there are no more. */
  range(range: KeyRange, options: RangeOptions): Promise<readonly Row[]>;
}

/**
 * What to do to a value that need not be known. Numbers are unsigned and little-endian, as wide
 * as the operand, to which a value is cut or filled with zeros first. Operands have up to
 * `valueSizeBytesMax` bytes.
 */
export interface Mutation {
  /**
   * `add`: the sum, modulo the width; a missing value is 0.
   * `min`, `max`: the smaller or greater number; the operand where the value is missing.
   * `byte_min`, `byte_max`: the same, compared as bytes and never cut; so too.
   * `and`, `or`, `xor`: bit by bit; `and` of a missing value is the operand, others take it for 0.
   * `append_if_fits`: the operand behind the value, if that is not too large; else nothing.
   * `compare_and_clear`: removes the key if the value is the operand.
   */
  readonly type:
    | "add"
    | "min"
    | "max"
    | "byte_min"
    | "byte_max"
    | "and"
    | "or"
    | "xor"
    | "append_if_fits"
    | "compare_and_clear";
  readonly operand: Uint8Array;
}

/** Bytes in which the version of the commit stands between two others. */
export interface VersionStamped {
  readonly before: Uint8Array;
  readonly after?: Uint8Array;
}

/** What can be written without having been read. */
export interface Writes {
  /** Sets `key` to `value` when this commits. */
  set(key: Uint8Array, value: Uint8Array): void;
  /** Removes `key` when this commits. */
  clear(key: Uint8Array): void;
  /** Removes every key of `range` when this commits. */
  clearRange(range: KeyRange): void;
  /**
   * Changes the value of `key` when this commits, whatever it is then: others that change
   * it too are no conflict. In a transaction, to read it is to depend on it, as on any other.
   */
  mutate(key: Uint8Array, mutation: Mutation): void;
  /**
   * Sets a key that holds the version of this commit: `before`, 8 bytes, `after`. Where the
   * driver declares `versionStamps`. Such a key, and a range in which it may lie, can't be
   * read before the commit.
   */
  setStampedKey(key: VersionStamped, value: Uint8Array): void;
  /** Sets `key` to a value that holds the version of this commit; as {@link setStampedKey}. */
  setStampedValue(key: Uint8Array, value: VersionStamped): void;
  /** Has others run again that read in `range`, as if this had written there. Watches don't see it. */
  addWriteConflict(range: KeyRange): void;
}

/** A snapshot with own writes on top. Reads see own writes. */
export interface Transaction extends Snapshot, Writes {
  /**
   * The same, for reads that others may change before this commits: they don't make `fn`
   * run again. What is decided by them alone is not serializable.
   */
  readonly snapshot: Snapshot;
  /** Has this run again where another commit writes in `range`, as if it had read that. */
  addReadConflict(range: KeyRange): void;
}

/** What a transaction returned, and when it took effect. */
export interface Committed<T> {
  readonly value: T;
  /** The version it committed at; where it wrote nothing, the one it read. */
  readonly version: CommitVersion;
}

/** A standing question: has something in this range changed? */
export interface Watch {
  /**
   * Resolves once a commit after `since` may have changed the range: the version
   * up to which it changed. Signals are coalesced, and may be spurious; one is
   * never lost. Resolves to null once the watch or the store is closed.
   * One call at a time.
   */
  next(since: CommitVersion): Promise<CommitVersion | null>;
  close(): void;
}

/** How fresh a read must be. What may be older can be had without asking other nodes. */
export type Consistency =
  /** Shows every commit that was acknowledged before the call. */
  | "linearizable"
  /**
   * Shows at least this version. Whoever passes on the highest version that he wrote or read
   * sees his own writes, and never goes back, whichever node answers: the version is the
   * token of his session.
   */
  | { readonly atLeast: CommitVersion }
  /** Shows every commit that was acknowledged so many milliseconds before the call, or earlier. */
  | { readonly staleMsMax: number };

/** How to read. */
export interface ReadOptions {
  /** `linearizable` unless given. */
  readonly consistency?: Consistency;
}

/** What a read is given. */
export interface ReadSnapshot extends Snapshot {
  /**
   * The bound that was met: this shows every commit that was acknowledged so many
   * milliseconds before the call of `read`, by the clock of the node that answered. 0 where
   * it was linearizable; infinite where that node does not know.
   */
  readonly staleMsMax: number;
}

/** Who goes first where not all can at once; see {@link TransactOptions}. */
export type Priority = "batch" | "default" | "immediate";

/** How to run a transaction. */
export interface TransactOptions {
  /** Takes it back, with `cancelled`, until its commit is under way. */
  readonly signal?: AbortSignal;
  /**
   * Where more commits wait than one group takes, and where two of a group conflict,
   * `immediate` goes before `default`, and that before `batch`. `batch` is for work that can
   * wait: it gets a bounded share of each group, so that others wait little for it, and where
   * they leave it none for {@link batchGroupsMax} groups it goes first once: it is slowed
   * down, and never stopped. No priority stops what is under way, orders reads, or lends a
   * transaction more time. `default` unless given.
   */
  readonly priority?: Priority;
  /**
   * Takes it back, with `timeout`, where its commit is not under way so long after the call:
   * runs and waits in all. Nothing of it is committed then. 0 or more; none unless given.
   */
  readonly timeoutMs?: number;
}

/** A database. */
export interface Store {
  /** What this driver holds beyond the core of the contract. */
  readonly capabilities: Capabilities;
  /**
   * Runs `fn` against a snapshot and commits what it wrote, strictly
   * serializably. Where another commit changed what `fn` read, runs it again on
   * a newer snapshot; so `fn` must have no other effect than on `tx`. When `fn`
   * throws, nothing is written, and that is what this throws.
   *
   * @throws {HoldfastError} `invalid_argument` of options; `conflict` after `retriesMax` runs; `too_old` where a
   *   run took longer than `transactionAgeMsMax`; `too_large` where a key, a value
   *   or the whole is over its limit; `disk_full` where there is no room (nothing
   *   of it is kept); `io` where the disk failed: the store has stopped, and whether
   *   this was kept shows when it is opened again; `closed`; `cancelled`; `timeout`.
   */
  transact<T>(
    fn: (tx: Transaction) => Promise<T> | T,
    options?: TransactOptions,
  ): Promise<Committed<T>>;
  /**
   * Commits what `fn` writes, as {@link transact} would, where it depends on nothing that is
   * read: it needs no snapshot, meets no conflict, and costs a cluster one round where a
   * transaction costs two. Calls `fn` once, at once. Resolves to the version it took effect at.
   *
   * @throws {HoldfastError} As {@link transact}, but for `conflict` and `too_old`;
   *   `invalid_argument` where `fn` writes nothing.
   */
  write(fn: (writes: Writes) => void, options?: TransactOptions): Promise<CommitVersion>;
  /**
   * What `key` holds, or null, as {@link read} would find it: for a single key, and in one
   * round trip where the store is elsewhere.
   *
   * @throws {HoldfastError} As {@link read}.
   */
  get(key: Uint8Array): Promise<Uint8Array | null>;
  /**
   * Runs `fn` on a consistent snapshot, at least as new as every commit acknowledged before the
   * call, unless `options` let it be older.
   *
   * @throws {HoldfastError} `too_old` where it took longer than `transactionAgeMsMax`; `closed`;
   *   `invalid_argument` where `atLeast` is no version yet, or a bound is no number of 0 or more.
   */
  read<T>(fn: (snapshot: ReadSnapshot) => Promise<T> | T, options?: ReadOptions): Promise<T>;
  /**
   * Watches `range`; see {@link Watch}.
   *
   * @throws {HoldfastError} `overloaded` where `watchesMax` are open; `closed`.
   */
  watch(range: KeyRange): Watch;
  /** Waits for running transactions, then gives everything back. Harmless twice. */
  close(): Promise<void>;
}

/** What one transaction wrote, in a form that says all of it: first ranges cleared, then keys. */
export interface Change {
  readonly version: CommitVersion;
  /** In order, and apart from one another. */
  readonly cleared: readonly KeyRange[];
  /** The new value of each key, null where it was cleared; in order. */
  readonly keys: readonly { readonly key: Uint8Array; readonly value: Uint8Array | null }[];
}

/** A stretch of the feed. */
export interface ChangesPage {
  /** The commits that touched the range, in the order of their versions, cut to the range. */
  readonly changes: readonly Change[];
  /** All up to here is told: where to go on from. */
  readonly version: CommitVersion;
}

/** A snapshot for as long as it is needed, and the history up to it. */
export interface HeldSnapshot extends Snapshot {
  /** Tells the history up to this version from any other; empty where there is none. At most 64 bytes. */
  mark(): Promise<Uint8Array>;
  /** Whether the history goes on, without a gap, from `version`, where `mark` was taken. */
  goesOnFrom(version: CommitVersion, mark: Uint8Array): Promise<boolean>;
  /** All commits above `since`, in order, up to this version. @throws {HoldfastError} As {@link PastStore.changes}. */
  changesAfter(since: CommitVersion): AsyncIterable<Change>;
}

/** How to read the feed. */
export interface ChangesOptions extends ReadOptions {
  /** At most so many changes, 1 to `changesMax`. */
  readonly limitChanges: number;
}

/** How to read the past. */
export interface AsOfOptions {
  /** Ends it, with `cancelled`, also while the history is read. */
  readonly signal?: AbortSignal;
}

/** A store that tells its past, where its capabilities declare a history; a store that declares one is such. */
export interface PastStore extends Store {
  /**
   * What commits after `since` wrote in `range`: none is left out, and each comes once. To
   * follow it, wait with a {@link Watch}, and go on from the page's version; of a cluster, at
   * whichever node. Where the page may be older than linearizable it ends sooner, and lacks
   * nothing up to its version.
   *
   * @throws {HoldfastError} `too_old` where the history no longer reaches back to `since`:
   *   read the range anew; `invalid_argument` where `since` is no version yet, the limit is
   *   not 1 to `changesMax`, or the driver keeps no history; as {@link Store.read}.
   */
  changes(range: KeyRange, since: CommitVersion, options: ChangesOptions): Promise<ChangesPage>;
  /**
   * As {@link Store.read}, on the store as it was right after `version`. Costs the history
   * since then, in time and in memory.
   *
   * @throws {HoldfastError} As {@link changes}, and as {@link Store.read}; `cancelled`.
   */
  asOf<T>(
    version: CommitVersion,
    fn: (snapshot: Snapshot) => Promise<T> | T,
    options?: AsOfOptions,
  ): Promise<T>;
}

/** Whether a store keeps a history, and so tells its past. */
export function hasHistory(store: Store): store is PastStore {
  return store.capabilities.history;
}

/** A store whose rows this process keeps itself, so that it can hold snapshots for long. */
export interface LocalStore extends PastStore {
  /**
   * As {@link Store.read}, for as long as `fn` takes: for backups, and whatever else reads
   * all of a store. Meanwhile the driver keeps what the snapshot shows: an LMDB file grows
   * by what is written, and shrinks no more.
   *
   * @throws {HoldfastError} `overloaded` where `holdsMax` are held; `closed`, also in the
   *   middle, when the store is closed.
   */
  hold<T>(fn: (snapshot: HeldSnapshot) => Promise<T>): Promise<T>;
}

/** What a driver declares of itself; the conformance suite holds it to that. */
export interface Capabilities {
  /** Name of the driver, for people. */
  readonly driver: string;
  /** Whether an acknowledged commit survives the loss of power. */
  readonly durable: boolean;
  /** Whether a transaction can write the version of its own commit. */
  readonly versionStamps: boolean;
  /** Whether it keeps a history for `changes` and `asOf`. */
  readonly history: boolean;
  /** Whether a read that may be older is answered without asking others. Where not, it is linearizable. */
  readonly staleReads: boolean;
  /** Largest key that this driver takes, at most the constant of the same name. */
  readonly keySizeBytesMax: number;
}

/** Largest key that any driver takes, in bytes. */
export const keySizeBytesMax = 10_000;
/** Largest value, in bytes. */
export const valueSizeBytesMax = 100_000;
/** Largest sum of the keys and values that one transaction writes; and, apart from it, of the keys that it reads. */
export const transactionSizeBytesMax = 10_000_000;
/** Longest that one run of a transaction may take. */
export const transactionAgeMsMax = 5_000;
/** For so many groups of commits in a row others may leave those of priority `batch` no room. */
export const batchGroupsMax = 16;
/** Most rows that one range read returns. */
export const rangeRowsMax = 10_000;
/** How often a transaction that meets conflicts is run before it gives up. */
export const retriesMax = 100;
/** Most watches open at once. */
export const watchesMax = 100_000;
/** Most snapshots held at once by {@link LocalStore.hold}. */
export const holdsMax = 16;
/** Most changes that one page of the feed has. */
export const changesMax = 10_000;
