// Any engine, with a history: what each group of commits wrote and what stood before it is
// made durable in the same step, in keys that are the store's own.
//
// Problem: a feed must lack nothing, and must not tell of what was lost again. A log
// beside the rows can get ahead of them or fall behind.
// Method: the record of a group is rows of that group. The engine makes both durable or
// neither, and a snapshot shows both as of one version.
//
// Invariants:
//   H1  The state's `last` is the version of the snapshot that shows it, or the history
//       counts as not begun: then somebody wrote without it, and it begins anew.
//   H2  All commits above `since` are in records. What stood before is in all above
//       `asOfSince`.
//   H3  After a commit the history has at most `keepBytes` bytes, or fewer pieces than before
//       it; and at most twice `keepBytes`, or no more bytes than before it.
//   H4  What one commit throws away one by one is bounded: the records of `trimRowsMax` pieces,
//       or, beyond twice `keepBytes`, of as many bytes as it adds. The last one wholly.
//
// Departure from the usual multi-version store (Bernstein and Goodman 1983): old values
// lie in records by version and not beside their keys. Reading as of then costs the
// history since; what is read now costs nothing, and trimming is a cut.

import { assert } from "@holdfast/std";
import type { World } from "@holdfast/world";
import { type CommitRecord, encodeCommits } from "../commit_record.ts";
import type { CommittedToken } from "../commit_token.ts";
import type { Engine, EngineSnapshot } from "../engine.ts";
import type { Capabilities, CommitVersion } from "../store.ts";
import { WriteSet } from "../write_set.ts";
import {
  HistoryKeeper,
  type HistoryLimits,
  type HistoryOptions,
  historyGroupSizeBytesMax,
  historyLimits,
  type RecordedGroup,
} from "./history_keeper.ts";
import { historyIdentitySizeBytes } from "./history_record.ts";

/** See the head of this file. */
export class HistoryEngine implements Engine {
  readonly capabilities: Capabilities;
  readonly groupSizeBytesMax = historyGroupSizeBytesMax;
  readonly #engine: Engine;
  readonly #world: Pick<World, "clock" | "random">;
  readonly #limits: HistoryLimits;
  readonly #keeper = new HistoryKeeper();

  /** @throws {HoldfastError} `invalid_argument` where a limit is none. */
  constructor(engine: Engine, world: Pick<World, "clock" | "random">, options: HistoryOptions) {
    this.#limits = historyLimits(options);
    this.#engine = engine;
    this.#world = world;
    this.capabilities = { ...engine.capabilities, history: true };
  }

  get version(): CommitVersion {
    return this.#engine.version;
  }

  snapshot(): EngineSnapshot {
    return this.#engine.snapshot();
  }

  async commit(
    version: CommitVersion,
    writes: WriteSet,
    commits: readonly CommitRecord[],
    tokens: readonly CommittedToken[],
  ): Promise<void> {
    assert(commits.length > 0, "H2: a store of this process knows each commit of a group");
    const { clock, random } = this.#world;
    const all = new WriteSet();
    all.absorb(writes);
    const wallMs = Math.max(0, Math.floor(clock.wall()));
    const identity = () => random.bytes(historyIdentitySizeBytes);
    const encoded = encodeCommits(commits);
    const group = { ...this.#limits, version, writes, commits: encoded, wallMs, identity };
    try {
      await this.#record(group, all);
      await this.#engine.commit(version, all, commits, tokens);
    } catch (error) {
      this.#keeper.forget();
      throw error;
    }
  }

  async #record(group: RecordedGroup, all: WriteSet): Promise<void> {
    const snapshot = this.#engine.snapshot();
    try {
      await this.#keeper.record(snapshot, group, all);
    } finally {
      snapshot.release();
    }
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

/** `engine` with a history, where one is asked for. @throws {HoldfastError} `invalid_argument`. */
export function withHistory(
  engine: Engine,
  world: Pick<World, "clock" | "random">,
  options: HistoryOptions | undefined,
): Engine {
  return options === undefined ? engine : new HistoryEngine(engine, world, options);
}
