// An engine with a log in front of it.
//
// Problem: an engine that keeps its rows in a tree on disk writes a page for each row that
// changes, and syncs twice, for each group of commits.
// Method: a group is appended to a log, synced, and acknowledged. Its rows lie in memory,
// over those of the engine, until so many have gathered that the engine can write them at
// once; or for a second. Then the part of the log that told them goes.
//
//   commit --> log, synced --> recent --switch of logs--> settling --one commit--> engine
//                                                                       then: log dropped
//
// Invariants:
//   LE1  A commit is acknowledged and shown once its record is synced, or, where it is too
//        large for the log, once the engine holds it.
//   LE2  The rows are those of the engine, with `settling` over them, with `recent` over
//        those, with the last group, `late`, over those; a view is made when `late` was added
//        to `recent`, and frozen before more is. All that is over the engine's version is in files of the log.
//   LE3  A file of the log is removed only when a commit of the engine has returned that holds
//        all that the file tells: that is a sync of its own.
//   LE4  A record is applied to an engine whose version is below its own, or not at all.
//   LE5  What waits in memory is bounded: over the bound a commit waits for the engine.
//   LE6  Where the engine has no room the log keeps what it tells, and commits go on until the
//        bound; then they are refused with `disk_full`, until the engine has room.
//
// Source: the write-ahead log and its checkpoints as in Mohan et al. 1992 (ARIES), redo only:
// records hold values and never reach the engine before they are committed.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Clock, Timer } from "@holdfast/world";
import type { Engine, EngineSnapshot } from "../engine.ts";
import { FreshRows } from "../fresh_rows.ts";
import { OverlaidSnapshot } from "../overlaid_snapshot.ts";
import type { Capabilities, CommitVersion } from "../store.ts";
import type { WriteSet } from "../write_set.ts";
import { CommitLog, type CommitLogPlace } from "./commit_log.ts";

/** When what waits for the engine is written to it, and how much may wait. */
export interface LogLimits {
  /** So long after the first commit that waits. */
  readonly settleMs: number;
  /** Or when the rows have so many bytes; of a key that is written again only the last counts. */
  readonly rowsSizeBytes: number;
  /** Or the file of the log has. */
  readonly logSizeBytes: number;
  /** So many times either, and commits wait. */
  readonly factorMax: number;
  /** A group of so many bytes goes to the engine without the log. */
  readonly directSizeBytes: number;
}

/** What is good for a tree on this machine's disk. */
export const logLimits: LogLimits = {
  settleMs: 1_000,
  rowsSizeBytes: 8 * 1024 * 1024,
  logSizeBytes: 64 * 1024 * 1024,
  factorMax: 4,
  directSizeBytes: 4 * 1024 * 1024,
};

/** What a {@link LoggedEngine} stands on. */
export interface LoggedEngineOptions extends CommitLogPlace {
  readonly clock: Clock;
  /** Taken over: closed with this, also where opening fails. */
  readonly engine: Engine;
  readonly limits: LogLimits;
}

/** Microtasks in which an append to the log comes to its sync, and some more. */
const syncSteps = 32;

/** See the head of this file. */
export class LoggedEngine implements Engine {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #limits: LogLimits;
  readonly #log: CommitLog;
  #recent: FreshRows;
  /** The last group that was acknowledged, where `recent` does not have it yet. */
  #late: WriteSet | null = null;
  #settling: Settling | null = null;
  #version: CommitVersion;
  /** What snapshots of this version share; null where the next one has to make it. */
  #view: OverlaidSnapshot | null = null;
  #settled: Promise<void> | null = null;
  #timer: Timer | null = null;
  #isCommitting = false;
  /** Called when the commit that is under way has ended. */
  #atRest: (() => void) | null = null;
  /** Why the engine could not take what waits, when that was last tried. */
  #noRoom: HoldfastError | null = null;
  /** Why nothing more is committed. */
  #failure: HoldfastError | null = null;

  private constructor(options: LoggedEngineOptions, log: CommitLog, recovered: Recovered) {
    this.#engine = options.engine;
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#log = log;
    this.#recent = recovered.writes;
    this.#version = recovered.version;
  }

  /**
   * Takes `engine` over, with what the log in `folder` has beyond it.
   *
   * @throws {HoldfastError} As `CommitLog.open`, and what the engine throws but for `disk_full`.
   */
  static async open(options: LoggedEngineOptions): Promise<LoggedEngine> {
    const { engine } = options;
    try {
      const recovered: Recovered = { writes: new FreshRows(), version: engine.version };
      const log = await CommitLog.open(options, engine.version, ({ version, writes }) => {
        recovered.writes.absorb(writes);
        recovered.version = version;
      });
      const logged = new LoggedEngine(options, log, recovered);
      await logged.#settle();
      if (logged.#failure !== null) throw logged.#failure;
      return logged;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  get capabilities(): Capabilities {
    return this.#engine.capabilities;
  }

  get version(): CommitVersion {
    return this.#version;
  }

  snapshot(): EngineSnapshot {
    if (this.#view === null && !this.#waits) return this.#engine.snapshot();
    this.#view ??= this.#newView();
    this.#view.retain();
    return this.#view;
  }

  async commit(version: CommitVersion, writes: WriteSet): Promise<void> {
    if (writes.sizeBytes >= this.#limits.directSizeBytes) {
      await this.#makeRoom(() => this.#waits);
      // The engine may show its commit before this says so: until then all share this view.
      this.#view ??= this.#newView();
      await this.#alone(version, null, () => this.#engine.commit(version, writes, [], []));
      return;
    }
    await this.#makeRoom(() => this.#isOver(this.#limits.factorMax));
    try {
      await this.#alone(version, writes, () => this.#append(version, writes));
    } catch (error) {
      if (!isHoldfastError(error, "disk_full") || !this.#waits) throw error;
      // What the engine takes makes room, on the disk or in a file that is limited.
      await this.#makeRoom(() => this.#waits);
      await this.#alone(version, writes, () => this.#append(version, writes));
    }
    if (this.#isOver(1) && this.#noRoom === null) void this.#settle();
    else this.#timer ??= this.#clock.timer(this.#limits.settleMs, this.#onTime);
  }

  async close(): Promise<void> {
    await this.#settle();
    await this.#settle();
    this.#timer?.cancel();
    await this.#log.close();
    // What the engine could not take stays there.
    if (!this.#waits && this.#failure === null) await this.#log.drop(Number.POSITIVE_INFINITY);
    this.#dropView();
    await this.#engine.close();
  }

  /** Whether the engine lacks something. */
  get #waits(): boolean {
    return this.#version !== this.#engine.version;
  }

  #isOver(factor: number): boolean {
    const { rowsSizeBytes, logSizeBytes } = this.#limits;
    const isLong = this.#log.sizeBytes > logSizeBytes * factor;
    const sizeBytes = this.#recent.sizeBytes + (this.#late?.sizeBytes ?? 0);
    return this.#waits && (isLong || sizeBytes > rowsSizeBytes * factor);
  }

  readonly #onTime = (): void => {
    this.#timer = null;
    void this.#settle();
  };

  /** Has the engine take what waits until `isNeeded` is false. */
  async #makeRoom(isNeeded: () => boolean): Promise<void> {
    while (this.#failure === null && isNeeded()) {
      await this.#settle();
      if (this.#noRoom !== null) throw this.#noRoom;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /**
   * Has `act` make `version` durable, while the log is not switched, and shows it, with
   * `recent` where the engine does not have it.
   */
  async #alone(
    version: CommitVersion,
    recent: WriteSet | null,
    act: () => Promise<void>,
  ): Promise<void> {
    this.#isCommitting = true;
    try {
      await act();
      // All in one step: whoever takes a snapshot meanwhile must not see rows of another version.
      this.#dropView();
      this.#takeLate();
      this.#late = recent;
      this.#version = version;
    } catch (error) {
      if (!isHoldfastError(error, "disk_full")) this.#fail(error);
      throw error;
    } finally {
      this.#isCommitting = false;
      this.#atRest?.();
    }
  }

  async #append(version: CommitVersion, writes: WriteSet): Promise<void> {
    try {
      const appended = this.#log.append(this.#version, { version, writes });
      void this.#takeLateSoon();
      await appended;
    } catch (cause) {
      if (!this.#log.isStopped) throw cause;
      throw new HoldfastError("io", "the log of commits can't go on", { cause });
    }
  }

  /**
   * Adds the last group to `recent`, when the disk has begun to sync the next one: this thread
   * has nothing else to do then. Whoever reads before that does it himself.
   */
  async #takeLateSoon(): Promise<void> {
    for (let step = 0; step < syncSteps; step += 1) await null;
    this.#takeLate();
  }

  #takeLate(): void {
    const late = this.#late;
    if (late === null) return;
    this.#late = null;
    this.#recent.absorb(late);
  }

  #newView(): OverlaidSnapshot {
    this.#takeLate();
    let below = this.#engine.snapshot();
    if (this.#settling !== null) {
      below = new OverlaidSnapshot(below, this.#settling.writes, this.#version);
    }
    return new OverlaidSnapshot(below, this.#recent, this.#version);
  }

  /** Before what it shows changes. */
  #dropView(): void {
    if (this.#view?.isShared) this.#view.freeze();
    this.#view?.release();
    this.#view = null;
  }

  /** Has the engine take what waits. One at a time; whoever calls meanwhile waits for that one. Never throws. */
  #settle(): Promise<void> {
    this.#settled ??= this.#settleOnce().finally(() => {
      this.#settled = null;
    });
    return this.#settled;
  }

  async #settleOnce(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#failure !== null || !this.#waits) return;
    try {
      if (this.#settling === null) await this.#takeRecent();
      const { writes, version, before } = this.#settling!;
      await this.#engine.commit(version, writes, [], []);
      this.#settling = null;
      this.#dropView();
      this.#noRoom = null;
      await this.#log.drop(before);
    } catch (error) {
      if (isHoldfastError(error, "disk_full")) this.#noRoom = error;
      else this.#fail(error);
    }
  }

  /** Between two commits: what was recent is to be settled, and the log goes on in a new file. */
  async #takeRecent(): Promise<void> {
    while (this.#settling === null) {
      await this.#log.prepare();
      if (this.#isCommitting) await new Promise<void>((resolve) => this.#whenAtRest(resolve));
      else this.#take();
    }
  }

  #whenAtRest(resolve: () => void): void {
    this.#atRest = () => {
      this.#atRest = null;
      // The first commit after opening may have needed the new file itself.
      if (this.#log.isReady) this.#take();
      resolve();
    };
  }

  #take(): void {
    const before = this.#log.switch();
    this.#takeLate();
    this.#settling = { writes: this.#recent.inOrder(), version: this.#version, before };
    this.#recent = new FreshRows();
  }

  #fail(error: unknown): void {
    const sentence = `the engine behind the log: ${String(error)}`;
    this.#failure ??= isHoldfastError(error)
      ? error
      : new HoldfastError("io", sentence, { cause: error });
  }
}

/** What is to be written to the engine, and the file of the log that goes on after it. */
interface Settling {
  readonly writes: WriteSet;
  readonly version: CommitVersion;
  readonly before: number;
}

interface Recovered {
  readonly writes: FreshRows;
  version: CommitVersion;
}
