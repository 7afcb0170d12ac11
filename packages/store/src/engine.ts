// The seam between transactions and what keeps the rows.
//
// An engine knows nothing of transactions: it gives out snapshots, and makes one
// set of writes after another durable. The committer never starts a commit
// before the one before it has ended, and an engine may rely on that.

import type { CommitRecord } from "./commit_record.ts";
import type { CommittedToken } from "./commit_token.ts";
import { type KeyText, toKeyBytes, toKeyText } from "./key.ts";
import type { Capabilities, CommitVersion, Row } from "./store.ts";
import type { WriteSet } from "./write_set.ts";

/** A row as engines give it out; the value is the caller's to keep. */
export interface EngineRow {
  readonly key: KeyText;
  readonly value: Uint8Array;
}

/** Rows with their keys as bytes. */
export function withKeyBytes(rows: readonly EngineRow[]): readonly Row[] {
  return rows.map(({ key, value }) => ({ key: toKeyBytes(key), value }));
}

/** Rows with their keys as text. */
export function withKeyText(rows: readonly Row[]): readonly EngineRow[] {
  return rows.map(({ key, value }) => ({ key: toKeyText(key), value }));
}

/** The rows as they were at one version, until it is released. */
export interface EngineSnapshot {
  readonly version: CommitVersion;
  /** The value of `key`, the caller's to keep, or null. */
  get(key: KeyText): Uint8Array | null | Promise<Uint8Array | null>;
  /** The first `limitRows` rows from `start` up to, not including, `end`; or the last ones, in reverse. */
  range(
    start: KeyText,
    end: KeyText,
    limitRows: number,
    reverse: boolean,
  ): readonly EngineRow[] | Promise<readonly EngineRow[]>;
  /** The same, with keys as bytes, the caller's to keep. */
  rows(
    start: KeyText,
    end: KeyText,
    limitRows: number,
    reverse: boolean,
  ): readonly Row[] | Promise<readonly Row[]>;
  /** Gives it back. Once, and nothing is read afterwards. */
  release(): void;
}

/** Where the rows are. */
export interface Engine {
  readonly capabilities: Capabilities;
  /**
   * Most bytes that a group of several transactions writes; as one may where it is not said.
   * With a history, what several write to one key counts as often.
   */
  readonly groupSizeBytesMax?: number;
  /** The newest version that is durable and that snapshots show. */
  readonly version: CommitVersion;
  /**
   * The rows at {@link Engine.version} or later.
   *
   * @throws {HoldfastError} `overloaded` where too many are held; `io`.
   */
  snapshot(): EngineSnapshot;
  /**
   * Makes `writes` durable, and then visible, as one step at `version`, which is
   * above every one before.
   *
   * @param commits - The transactions that `writes` are made of, where the engine declares
   *   a history; else empty. Empty too where some of them are not known one by one: the
   *   history begins anew after it then.
   * @param tokens - Of the transactions that have one, in the order of their versions; for
   *   engines that are handed what was committed by others too.
   * @throws {HoldfastError} `disk_full`, `too_large`: nothing was kept, the engine goes on.
   *   Anything else: what was kept is unknown, and the engine must be given up.
   */
  commit(
    version: CommitVersion,
    writes: WriteSet,
    commits: readonly CommitRecord[],
    tokens: readonly CommittedToken[],
  ): Promise<void>;
  /** Gives everything back. Once, after every snapshot was released. */
  close(): Promise<void>;
}
