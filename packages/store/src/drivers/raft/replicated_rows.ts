// The state that a replica keeps: rows of an engine, and over them, in memory, what was
// applied since the engine last made anything durable.
//
// The log holds every command until the engine does. So the engine is written seldom, a
// lot at once, and each commit costs one write to the log and one to memory.
//
//   applied --> recent --every so often--> settling --one commit--> engine: durable
//
// Invariants:
//   RR1  Rows are what the commands through `applied` add up to, in order, each once. The
//        engine's are those through `durable`, and its row `place` says so.
//   RR2  A snapshot never changes: not by what is applied, nor by what becomes durable.
//   RR3  While a snapshot of another replica is taken in, `place` is missing: a crash
//        meanwhile leaves a state that says of itself that it holds nothing.
//   RR4  The history is rows too, and a function of the commands alone: so it is the same on
//        all replicas, and goes along with a snapshot.
//
// The rows of the engine are equal to the byte on all replicas that are durable through
// the same index; that is what makes a snapshot's bytes a function of the index. So are
// those of `state`, but for `place`, on all that have applied the same: see checker.ts.

import type { Index, StateMachine } from "@holdfast/consensus";
import { assert, HoldfastError, Reader, Writer } from "@holdfast/std";
import type { Clock, Timer } from "@holdfast/world";
import type { CommitToken } from "../../commit_token.ts";
import type { Engine, EngineRow, EngineSnapshot } from "../../engine.ts";
import { FreshRows } from "../../fresh_rows.ts";
import { HistoryKeeper } from "../../history/history_keeper.ts";
import {
  clusterBytes,
  firstText,
  type KeyText,
  reservedText,
  type Span,
  textAfter,
} from "../../key.ts";
import { OverlaidSnapshot } from "../../overlaid_snapshot.ts";
import { Slabs } from "../../slabs.ts";
import type { CommitVersion } from "../../store.ts";
import { readOne } from "../../transaction_runner.ts";
import { WriteSet } from "../../write_set.ts";
import { type Command, decodeCommand, isCheck } from "./command.ts";
import { Sessions, sessionsSpan } from "./sessions.ts";
import { readRows, writeRows } from "./snapshot_bytes.ts";

/** Where the engine says through which index it holds everything. */
const placeKey = reservedText(clusterBytes.place);
/** All rows: callers' and the store's own, but for 0xff 'm', where LMDB keeps what it knows of itself. */
const everything: readonly Span[] = [
  { start: firstText, end: "\xffm" as KeyText },
  { start: "\xffn" as KeyText, end: "\xffz" as KeyText },
];
/** Those of {@link ReplicatedRows.state} that are the same on every replica. */
export const comparedSpans: readonly Span[] = [
  everything[0]!,
  { start: everything[1]!.start, end: placeKey },
  { start: textAfter(placeKey), end: everything[1]!.end },
];

/** What was applied becomes durable after this long, at the latest. */
const settleMs = 5_000;
/** And as soon as it has so many bytes. */
const settleSizeBytes = 8 * 1024 * 1024;
/** Nothing more is applied while so much waits behind an engine that is slow. */
const recentSizeBytesMax = 64 * 1024 * 1024;
const sessionsPageRows = 1_000;
/** Values that are given out; most are on their way to somewhere else. */
const shown = new Slabs(8_192, 8_192);
const verdictSizeBytesMax = 16_384;

/** What a replica's state tells others. Must not throw. */
export interface RowsEvents {
  /** A command is applied and visible. */
  applied(version: CommitVersion, writes: WriteSet): void;
  /** Everything may have changed: a snapshot took the place of the rows. */
  restored(version: CommitVersion): void;
  /** A check stands at `index`, and all before it is applied. What it throws ends the replica. */
  checked(index: Index): void;
  /** The engine failed; nothing goes on. */
  failed(error: unknown): void;
}

/** See the head of this file. */
export class ReplicatedRows implements StateMachine {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #events: RowsEvents;
  readonly #sessions = new Sessions();
  readonly #keeper = new HistoryKeeper();
  /** Commands that were made here, so that they are not read from their bytes again. */
  readonly #known = new WeakMap<Uint8Array, Command>();
  #recent = new FreshRows();
  #settling: WriteSet | null = null;
  #settled: Promise<void> | null = null;
  #timer: Timer | null = null;
  #applied: Index;
  #durable: Index;
  #version: CommitVersion;
  /** Pending while a snapshot of another replica is taken in; null while none is. */
  #restoring: Promise<void> | null = null;
  #failure: unknown = null;
  #closed = false;

  private constructor(engine: Engine, clock: Clock, events: RowsEvents, durable: Index) {
    this.#engine = engine;
    this.#clock = clock;
    this.#events = events;
    this.#durable = durable;
    this.#applied = durable;
    this.#version = engine.version;
  }

  /** Takes `engine` over, with what it holds. @throws {HoldfastError} What the engine does; `corrupt`. */
  static async open(engine: Engine, clock: Clock, events: RowsEvents): Promise<ReplicatedRows> {
    const snapshot = engine.snapshot();
    try {
      const rows = new ReplicatedRows(engine, clock, events, await placeIn(snapshot));
      await rows.#loadSessions(snapshot);
      return rows;
    } finally {
      snapshot.release();
    }
  }

  get applied(): Index {
    return this.#applied;
  }

  get durable(): Index {
    return this.#durable;
  }

  /** The version of what is applied. */
  get version(): CommitVersion {
    return this.#version;
  }

  /** At which version a commit took effect, or null. Throws as `Sessions.find`. */
  find(token: CommitToken): CommitVersion | null {
    return this.#sessions.find(token);
  }

  /** Says what the bytes of a command are. */
  remember(bytes: Uint8Array, command: Command): void {
    this.#known.set(bytes, command);
  }

  /** Resolves when the rows are not between two states any more; null while they are not. */
  get restoring(): Promise<void> | null {
    return this.#restoring;
  }

  /** What `key` holds as it is applied; for one read, for which a view costs more than it saves. */
  get(key: KeyText): Uint8Array | null | Promise<Uint8Array | null> {
    assert(this.#restoring === null, "RR2: rows are shown while they are replaced");
    const recent = this.#recent.lookup(key);
    const newer = recent === undefined ? this.#settling?.lookup(key) : recent;
    if (newer !== undefined) return newer === null ? null : shown.copy(newer);
    return readOne(this.#engine.snapshot(), key);
  }

  /** The rows as they are applied. */
  view(): EngineSnapshot {
    assert(this.#restoring === null, "RR2: rows are shown while they are replaced");
    let snapshot = this.#engine.snapshot();
    if (this.#settling !== null) {
      snapshot = new OverlaidSnapshot(snapshot, this.#settling, this.#version);
    }
    if (this.#recent.isEmpty && snapshot.version === this.#version) return snapshot;
    return new OverlaidSnapshot(snapshot, this.#recent.inOrder(), this.#version);
  }

  /** The rows as they are applied, what is known of sessions among them. */
  state(): EngineSnapshot {
    this.#sessions.flush(this.#recent.inOrder());
    return this.view();
  }

  /** Ends with `error`, and has these rows never be opened again, as far as the disk obeys. Throws as `restore`, where that is under way. */
  async condemn(error: HoldfastError): Promise<void> {
    while (this.#settled !== null || this.#restoring !== null) {
      await (this.#restoring ?? this.#settled);
    }
    if (this.#closed || this.#failure !== null) return;
    this.#failure = error;
    const writes = placed(this.#durable, error.message);
    this.#settled = this.#engine.commit(this.#version, writes, [], []).catch(() => undefined);
    await this.#settled;
    this.#events.failed(error);
  }

  async apply(
    entries: readonly { readonly index: Index; readonly data: Uint8Array }[],
    through: Index,
  ): Promise<void> {
    while (this.#recent.sizeBytes > recentSizeBytesMax && this.#failure === null) {
      await this.#settle();
    }
    if (this.#failure !== null) throw this.#failure;
    for (const { index, data } of entries) {
      if (isCheck(data)) {
        this.#events.checked(index);
        continue;
      }
      const command = this.#known.get(data) ?? decodeCommand(data);
      const { version, writes, tokens } = command;
      assert(version > this.#version, "RR1: a version comes twice");
      const history = command.recorded === null ? null : await this.#record(command);
      // All in one step: whoever takes a view, or has the engine take this, meanwhile.
      this.#recent.absorb(writes);
      if (history !== null) this.#recent.absorb(history);
      for (const token of tokens) this.#sessions.note(token);
      this.#version = version;
      this.#applied = index;
      this.#events.applied(version, writes);
    }
    this.#applied = through;
    if (this.#recent.sizeBytes > settleSizeBytes) void this.#settle();
    else this.#timer ??= this.#clock.timer(settleMs, () => void this.#settle());
  }

  /** What keeps the history of a command, upon the rows as they are. */
  async #record({ version, writes, recorded }: Command): Promise<WriteSet> {
    const { identity, ...group } = recorded!;
    const history = new WriteSet();
    const before = this.view();
    try {
      const whole = { ...group, version, writes, identity: () => identity };
      await this.#keeper.record(before, whole, history);
    } finally {
      before.release();
    }
    return history;
  }

  async restore(index: Index, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    // Where it fails it stays: the rows are no state then.
    this.#restoring = this.#replace(index, bytes);
    await this.#restoring;
    this.#restoring = null;
    this.#events.restored(this.#version);
  }

  async #replace(index: Index, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#settled;
    if (this.#failure !== null) throw this.#failure;
    this.#timer?.cancel();
    this.#timer = null;
    this.#recent = new FreshRows();
    this.#sessions.clear();
    this.#keeper.forget();
    let isFirst = true;
    for await (const { version, rows } of readRows(bytes)) {
      const writes = new WriteSet();
      if (isFirst) for (const span of everything) writes.clearSpan(span);
      isFirst = false;
      for (const { key, value } of rows) if (key !== placeKey) writes.set(key, value);
      this.#version = version;
      // Of nothing there is nothing to keep; engines take a version of 0 for that.
      if (version > 0) await this.#engine.commit(version, writes, [], []);
    }
    if (this.#version > 0) {
      await this.#engine.commit(this.#version, placedAt(index), [], []);
      this.#durable = index;
    }
    this.#applied = index;
    const snapshot = this.#engine.snapshot();
    try {
      await this.#loadSessions(snapshot);
    } finally {
      snapshot.release();
    }
  }

  snapshot(): {
    readonly index: Index;
    readonly bytes: AsyncIterable<Uint8Array>;
    release(): void;
  } {
    const rows = this.#engine.snapshot();
    // Read from it, and not taken from here: the engine may be about to show later ones.
    const place = rows.get(placeKey);
    assert(!(place instanceof Promise), "RR1: rows of this process are there at once");
    return {
      index: decodePlace(place),
      bytes: writeRows(rows, everything),
      release: () => rows.release(),
    };
  }

  /** Makes durable what is applied. */
  async flush(): Promise<void> {
    await this.#settle();
    await this.#settle();
  }

  /** Stops, and gives the engine back. What is not durable is in the log. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#settled;
    await this.#engine.close();
  }

  /** One at a time; whoever calls meanwhile waits for that one. */
  #settle(): Promise<void> {
    this.#settled ??= this.#settleOnce().finally(() => {
      this.#settled = null;
    });
    return this.#settled;
  }

  async #settleOnce(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    // A version of 0 says that nothing was ever committed, and engines take it for that.
    if (this.#closed || this.#version === 0 || this.#applied === this.#durable) return;
    if (this.#restoring !== null || this.#failure !== null) return; // RR3
    const writes = this.#recent.inOrder();
    const index = this.#applied;
    this.#sessions.flush(writes);
    writes.set(placeKey, encodePlace(index, ""));
    this.#recent = new FreshRows();
    this.#settling = writes;
    try {
      await this.#engine.commit(this.#version, writes, [], []);
    } catch (error) {
      this.#failure = error;
      this.#events.failed(error);
      return;
    }
    this.#settling = null;
    this.#durable = index;
  }

  async #loadSessions(snapshot: EngineSnapshot): Promise<void> {
    let { start } = sessionsSpan;
    const found: EngineRow[] = [];
    for (;;) {
      const rows = await snapshot.range(start, sessionsSpan.end, sessionsPageRows, false);
      for (const row of rows) found.push(row);
      if (rows.length < sessionsPageRows) break;
      start = `${rows.at(-1)!.key}\0` as KeyText;
    }
    this.#sessions.load(found);
  }
}

/** Through which entry `snapshot` holds everything. @throws {HoldfastError} `corrupt`, where the rows were condemned too. */
export async function placeIn(snapshot: EngineSnapshot): Promise<Index> {
  return decodePlace(await snapshot.get(placeKey));
}

function decodePlace(value: Uint8Array | null): Index {
  if (value === null) return 0 as Index;
  const reader = new Reader(value);
  const index = reader.uint("applied index") as Index;
  if (reader.remaining > 0) {
    throw new HoldfastError("corrupt", reader.text("why", verdictSizeBytesMax));
  }
  return index;
}

/** @param verdict - Why these rows are not to be opened; empty where they may be. */
function encodePlace(index: Index, verdict: string): Uint8Array {
  const writer = new Writer(8).uint(index);
  return (verdict === "" ? writer : writer.text(verdict)).finish();
}

/** What says of rows that they hold everything through `index`, for whoever fills them without a log. */
export function placedAt(index: Index): WriteSet {
  return placed(index, "");
}

function placed(index: Index, verdict: string): WriteSet {
  const writes = new WriteSet();
  writes.set(placeKey, encodePlace(index, verdict));
  return writes;
}
