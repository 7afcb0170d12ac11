// A store that several processes hold together: each has all rows, and a majority of them
// decides.
//
//   transact --> snapshot here, after a barrier --fn--> commit --> desk: here, or at the leader
//                                                                    |
//                             applied here <-- log of a majority <---+
//
// A transaction runs where it was called, on the rows of this node, which a read barrier
// has made recent enough. What it read and wrote goes to the leader, whose committer
// decides. A commit has a name (see ../../commit_token.ts): where its outcome is not known,
// since the leader or the way to it was lost, it is asked for again by the same name, and
// takes effect once.

import { type NodeId, Replica, type ReplicaEvent } from "@holdfast/consensus";
import { HoldfastError, isHoldfastError, Reader, Writer } from "@holdfast/std";
import { sessionSizeBytes } from "../../commit_token.ts";
import type { Request } from "../../committer.ts";
import { type AgedSnapshot, type Relaxed, requireReached } from "../../consistency.ts";
import type { Engine } from "../../engine.ts";
import { GatheredWrites, gatheredMax } from "../../gathered_writes.ts";
import { HeldSnapshots } from "../../held_snapshots.ts";
import { heldSnapshot } from "../../history/changes.ts";
import { type HistoryLimits, historyLimits } from "../../history/history_keeper.ts";
import { type Pause, pauseOn } from "../../history/history_reader.ts";
import { PastReader } from "../../history/past_reader.ts";
import { allKeys, keyText, spanOf, toKeyText } from "../../key.ts";
import { readRequest, writeRequest } from "../../request_codec.ts";
import { RunningTransactions } from "../../running_transactions.ts";
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
  type ReadOptions,
  type ReadSnapshot,
  type Snapshot,
  type Transaction,
  type TransactOptions,
  type Watch,
  type Writes,
} from "../../store.ts";
import { isOrdinary } from "../../transact_options.ts";
import { type Backend, TransactionRunner } from "../../transaction_runner.ts";
import { Watches } from "../../watches.ts";
import { WriteSet } from "../../write_set.ts";
import { decodeAnswer, encodeFailure, encodeOutcome } from "./answer.ts";
import { Checker, defaultChecks, digestCall } from "./checker.ts";
import { Deadlines } from "./deadlines.ts";
import { Desk, type Outcome, type TokenRequest } from "./desk.ts";
import { Freshness } from "./freshness.ts";
import { GatheredReads } from "./gathered_reads.ts";
import type { RaftStore, RaftStoreOptions, RaftStoreStatus } from "./raft_contract.ts";
import { ReplicatedRows } from "./replicated_rows.ts";
import { readToken, writeToken } from "./sessions.ts";

/** How long a commit is asked for again before its caller is told that nobody answers. */
export const commitMsMax = 10_000;
const retryMs = 20;
/** The first byte of a call that asks for a commit, and for one of several writes; others, see checker.ts. */
const commitCall = 0;
const writesCall = 2;

/**
 * Opens this node's part of a cluster. Resolves before anybody leads: the first
 * transaction waits for that.
 *
 * @throws {HoldfastError} `locked`; `corrupt` where the log or the rows are damaged beyond
 *   what others can repair, or are of another node; `unsupported_version`; `disk_full`; `io`.
 */
export async function openRaftStore(options: RaftStoreOptions): Promise<RaftStore> {
  const store = new OpenRaftStore(options);
  await store.open();
  return store;
}

class OpenRaftStore implements RaftStore {
  readonly #options: RaftStoreOptions;
  readonly #watches = new Watches();
  readonly #running: RunningTransactions;
  readonly #deadlines: Deadlines;
  readonly #freshness = new Freshness();
  readonly #held = new HeldSnapshots(holdsMax);
  readonly #session: string;
  /** Commits whose callers have no answer yet, in order. */
  readonly #unanswered = new Set<number>();
  #sequence = 0;
  readonly #gathered = new GatheredWrites((request) => {
    return this.#running.during(request.then((whole) => this.#commit(whole)));
  });
  readonly #lookUps = new GatheredReads(
    (asked, answer) => {
      return this.#running.during(asked.then(() => this.#catchUp(undefined)).then(answer));
    },
    (key) => this.#rows.get(key),
  );
  #history!: HistoryLimits | null;
  #runner!: TransactionRunner;
  readonly #pause: Pause;
  #past!: PastReader;
  #rows!: ReplicatedRows;
  #replica!: Replica;
  #checker!: Checker;
  #capabilities!: Capabilities;
  #desk: { readonly term: number; readonly opened: Promise<Desk | null> } | null = null;
  #failure: HoldfastError | null = null;
  #closed: Promise<void> | null = null;

  constructor(options: RaftStoreOptions) {
    this.#options = options;
    const { world } = options;
    this.#running = new RunningTransactions(world.clock);
    this.#pause = pauseOn(world.clock);
    this.#deadlines = new Deadlines(
      world.clock,
      commitMsMax,
      () => new HoldfastError("unknown_outcome", `no answer for ${commitMsMax} ms`),
    );
    this.#session = toKeyText(world.random.bytes(sessionSizeBytes));
  }

  async open(): Promise<void> {
    const { world, node, cluster, folder, bootstrap, listener, timing, compaction } = this.#options;
    const { address, addressOf, hostOf } = this.#options;
    const { history } = this.#options;
    let engine: Engine | null = null;
    try {
      this.#history = history === undefined ? null : historyLimits(history);
      engine = await this.#options.openRows();
      this.#capabilities = {
        ...engine.capabilities,
        driver: "raft",
        durable: true,
        history: this.#history !== null,
        staleReads: true,
      };
      this.#rows = await ReplicatedRows.open(engine, world.clock, {
        applied: (version, writes) => this.#watches.changed(version, writes),
        restored: (version) => this.#watches.changed(version, changeOfAll()),
        checked: (index) => this.#checker.check(index),
        failed: (error) => this.#fail(error),
      });
      this.#checker = this.#newChecker();
      this.#replica = await Replica.open({
        ...{ world, id: node, cluster, folder, bootstrap, addressOf, listener, timing },
        ...(compaction === undefined ? {} : { compaction }),
        ...(address === undefined ? {} : { address }),
        ...(hostOf === undefined ? {} : { hostOf }),
        machine: this.#rows,
        onCall: (from, request) => this.#answer(from, request),
        onEvent: (event) => this.#hear(event),
      });
    } catch (error) {
      await engine?.close();
      await listener.close();
      throw error;
    }
    void this.#replica.ended.then((error) => {
      if (error !== null) this.#fail(error);
    });
    this.#checker.start(this.#replica);
    const backend: Backend = {
      capabilities: this.#capabilities,
      checkOpen: () => this.#checkOpen(),
      snapshot: async (signal) => {
        await this.#catchUp(signal);
        return this.#rows.view();
      },
      staleSnapshot: (consistency) => this.#staleSnapshot(consistency),
      commit: (request) => this.#commit(request),
    };
    this.#runner = new TransactionRunner(world, backend, this.#running);
    this.#past = new PastReader(backend, this.#running, this.#pause);
  }

  #newChecker(): Checker {
    const { world, node, checks = defaultChecks, onCheck } = this.#options;
    return new Checker({
      ...{ clock: world.clock, node, limits: checks },
      rows: () => this.#rows.state(),
      onCheck: (check) => onCheck?.(check),
      // Where it can't, the replica ends of that.
      onCorrupt: (error) => void this.#rows.condemn(error).catch(() => undefined),
      onFailure: (error) => this.#fail(error),
    });
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  get status(): RaftStoreStatus {
    const { version, durable } = this.#rows;
    return { raft: this.#replica.status, version, durable, check: this.#checker.last };
  }

  get replica(): Pick<Replica, "change" | "transfer" | "order"> {
    return this.#replica;
  }

  get ended(): Promise<HoldfastError | null> {
    return this.#replica.ended.then((error) => error ?? this.#failure);
  }

  transact<T>(
    fn: (tx: Transaction) => Promise<T> | T,
    options?: TransactOptions,
  ): Promise<Committed<T>> {
    return this.#runner.transact(fn, options);
  }

  async write(fn: (writes: Writes) => void, options: TransactOptions = {}): Promise<CommitVersion> {
    // What may be taken back, or goes before or behind others, goes alone; and what is told by itself.
    if (!isOrdinary(options) || this.#history !== null) return this.#runner.write(fn, options);
    this.#checkOpen();
    return this.#gathered.add(fn, this.capabilities.keySizeBytesMax);
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    this.#checkOpen();
    return this.#lookUps.add(keyText(key, this.capabilities.keySizeBytesMax));
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
    await this.#catchUp(undefined);
    const { keySizeBytesMax } = this.capabilities;
    return this.#held.run(this.#rows.view(), (held) =>
      fn(heldSnapshot(held, keySizeBytesMax, this.#pause)),
    );
  }

  watch(range: KeyRange): Watch {
    this.#checkOpen();
    const span = spanOf(range, this.capabilities.keySizeBytesMax);
    return this.#watches.open(span, this.#rows.version);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#held.close();
    this.#past.close();
    await this.#running.idle();
    this.#deadlines.close();
    this.#watches.close();
    if (this.#failure === null) await this.#rows.flush();
    await this.#checker.close();
    await this.#replica.close();
    await this.#rows.close();
  }

  /** Has the rows hold all that was acknowledged before. */
  async #catchUp(signal: AbortSignal | undefined): Promise<void> {
    const beganMs = this.#options.world.clock.now();
    await this.#replica.read(signal);
    // What comes instead of the rows is later than what the barrier asks for.
    await this.#whole();
    this.#freshness.passed(beganMs);
  }

  /** The rows that are here, where these are fresh enough; else those after a barrier. */
  async #staleSnapshot(consistency: Relaxed): Promise<AgedSnapshot> {
    await this.#whole();
    const staleMsMax = this.#freshness.staleMsMax(this.#options.world.clock.now());
    const isFresh =
      "atLeast" in consistency
        ? this.#rows.version >= consistency.atLeast
        : staleMsMax <= consistency.staleMsMax;
    if (isFresh) return { snapshot: this.#rows.view(), staleMsMax };
    await this.#catchUp(undefined);
    return requireReached(this.#rows.view(), consistency);
  }

  /** Waits while the rows are replaced. */
  async #whole(): Promise<void> {
    while (this.#rows.restoring !== null) await this.#rows.restoring;
    this.#checkOpen();
  }

  #hear(event: ReplicaEvent): void {
    if (event.type === "role") {
      if (event.role !== "leader") this.#desk = null;
      else if (this.#desk?.term !== event.term) {
        this.#desk = { term: event.term, opened: this.#openDesk(event.term) };
      }
    }
    this.#options.onEvent?.(event);
  }

  // After a barrier, so that all that was committed before is applied; null where it leads no more.
  async #openDesk(term: Desk["term"]): Promise<Desk | null> {
    await null; // the replica tells of its role before it is open
    const leads = () => {
      const { role, term: present } = this.#replica.standing;
      return role === "leader" && present === term;
    };
    // A slow disk may hold the first entry of the term up for long.
    for (let isPassed = false; !isPassed; ) {
      try {
        await this.#replica.read();
        isPassed = true;
      } catch (error) {
        if (!isHoldfastError(error, "unavailable", "overloaded") || !leads()) return null;
      }
    }
    if (!leads()) return null;
    const { world } = this.#options;
    return new Desk({
      ...{ term, world, rows: this.#rows, replica: this.#replica },
      ...{ capabilities: this.#capabilities, history: this.#history },
    });
  }

  /** Asks for a commit until somebody answers. */
  async #commit(request: Request): Promise<Outcome> {
    const { clock } = this.#options.world;
    const untilMs = clock.now() + commitMsMax;
    this.#sequence += 1;
    const sequence = this.#sequence;
    this.#unanswered.add(sequence);
    let isUnknown = false;
    try {
      for (;;) {
        // Once it may have taken effect, it can't be taken back.
        const signal = isUnknown ? undefined : request.signal;
        try {
          // A store that is being closed waits for those who are under way.
          this.#checkFailure();
          if (signal?.aborted) throw new HoldfastError("cancelled", "the commit");
          const [first] = this.#unanswered;
          const token = { session: this.#session, sequence, answered: first! - 1 };
          // A leader that hears from no majority has no answer.
          return await this.#deadlines.by(untilMs, this.#decide({ ...request, signal, token }));
        } catch (error) {
          const isWorthAsking = isHoldfastError(error, "unavailable", "unknown_outcome");
          isUnknown ||= isWorthAsking && error.code === "unknown_outcome";
          if (!isWorthAsking || clock.now() >= untilMs) {
            throw isUnknown ? unknownOutcome(error) : error;
          }
        }
        await clock.sleep(retryMs * (1 + this.#options.world.random.next()));
      }
    } finally {
      this.#unanswered.delete(sequence);
    }
  }

  async #decide(request: TokenRequest): Promise<Outcome> {
    const { leader } = this.#replica.standing;
    if (leader === null) throw new HoldfastError("unavailable", "nobody leads");
    if (leader === this.#options.node) return this.#decideHere(request);
    const { versions = 1 } = request;
    const writer = new Writer(request.writes.sizeBytes + 256);
    if (versions === 1) writer.u8(commitCall);
    else writer.u8(writesCall).uint(versions);
    writeToken(writer, request.token);
    writeRequest(writer, request);
    return decodeAnswer(await this.#replica.call(leader, writer.finish()));
  }

  async #decideHere(request: TokenRequest): Promise<Outcome> {
    const desk = await this.#desk?.opened;
    if (desk === null || desk === undefined) {
      throw new HoldfastError("unavailable", "this node does not lead");
    }
    return desk.commit(request);
  }

  /** Answers another node. */
  async #answer(from: NodeId, bytes: Uint8Array): Promise<Uint8Array> {
    try {
      const reader = new Reader(bytes);
      const kind = reader.u8("kind of a call");
      if (kind === digestCall) return this.#checker.answer(from, reader);
      if (kind !== commitCall && kind !== writesCall) {
        throw new HoldfastError("corrupt", `a call of kind ${kind}`);
      }
      const versions = kind === writesCall ? reader.uint("versions", gatheredMax) : 1;
      if (versions === 0) throw new HoldfastError("corrupt", "a commit of no version");
      const token = readToken(reader);
      const sent = readRequest(reader, this.capabilities.keySizeBytesMax);
      const request = { ...sent, signal: undefined, token, versions };
      return encodeOutcome(await this.#decideHere(request));
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      return encodeFailure(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= isHoldfastError(error)
      ? error
      : new HoldfastError("io", `the replica has ended: ${String(error)}`, { cause: error });
    this.#held.close();
    this.#past?.close();
    void this.#checker.close();
    void this.#replica?.close();
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw new HoldfastError("closed", "the store");
    this.#checkFailure();
  }

  #checkFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}

function changeOfAll(): WriteSet {
  const writes = new WriteSet();
  writes.clearSpan(spanOf(allKeys));
  return writes;
}

function unknownOutcome(cause: unknown): HoldfastError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const sentence = `whether the commit took effect is not known: ${reason}`;
  return new HoldfastError("unknown_outcome", sentence, { cause });
}
