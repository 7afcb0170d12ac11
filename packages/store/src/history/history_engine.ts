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
//   H3  After a commit the history has at most `keepBytes` bytes, or no record at all.
//   H4  What one commit throws away is bounded: `trimRowsMax` pieces more than H3 asks for.
//
// Departure from the usual multi-version store (Bernstein and Goodman 1983): old values
// lie in records by version and not beside their keys. Reading as of then costs the
// history since; what is read now costs nothing, and trimming is a cut.

import { HoldfastError } from "@holdfast/std";
import type { World } from "@holdfast/world";
import { type CommitRecord, encodeCommit } from "../commit_record.ts";
import type { CommittedToken } from "../commit_token.ts";
import type { Engine, EngineSnapshot } from "../engine.ts";
import { firstText, type KeyText, lastText, type Span, textAfter } from "../key.ts";
import { OrderedMap } from "../ordered_map.ts";
import type { Capabilities, CommitVersion } from "../store.ts";
import { WriteSet } from "../write_set.ts";
import { historyState, rowsFrom } from "./history_reader.ts";
import {
  type BeforeImages,
  encodeRecord,
  encodeState,
  type HistoryState,
  historyIdentitySizeBytes,
  historyRecordSizeBytesMax,
  piecesOf,
  recordHead,
  recordKey,
  recordsSpan,
  stateKey,
  versionOfPiece,
} from "./history_record.ts";

/** How much history a store keeps. */
export interface HistoryOptions {
  /** Most bytes of the store that it takes; 10 MB unless given. The oldest goes first. */
  readonly keepBytes?: number;
  /** What is older than this goes with later commits; kept as long as there is room unless given. */
  readonly keepMs?: number;
}

const keepBytesDefault = 10_000_000;
const groupSizeBytesMax = 2_000_000;
/** Pieces that one commit throws away on account of their age. */
const trimRowsMax = 64;
const pageRows = 64;

/** See the head of this file. */
export class HistoryEngine implements Engine {
  readonly capabilities: Capabilities;
  /** Smaller than a transaction may be, so that a crowd of small ones has room in a record. */
  readonly groupSizeBytesMax = groupSizeBytesMax;
  readonly #engine: Engine;
  readonly #world: Pick<World, "clock" | "random">;
  readonly #keepBytes: number;
  readonly #keepMs: number;
  /** The wall clock of the oldest record; null where that has to be looked up. */
  #oldestMs: number | null = null;
  /** The chain of the newest record; null where that has to be looked up. */
  #chain: number | null = null;

  /** @throws {HoldfastError} `invalid_argument` where a limit is none. */
  constructor(engine: Engine, world: Pick<World, "clock" | "random">, options: HistoryOptions) {
    requirePositive("keepBytes", options.keepBytes);
    requirePositive("keepMs", options.keepMs);
    this.#engine = engine;
    this.#world = world;
    this.#keepBytes = options.keepBytes ?? keepBytesDefault;
    this.#keepMs = options.keepMs ?? Number.POSITIVE_INFINITY;
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
    const all = new WriteSet();
    all.absorb(writes);
    const snapshot = this.#engine.snapshot();
    try {
      await this.#record(snapshot, { version, writes, commits }, all);
    } finally {
      snapshot.release();
    }
    try {
      await this.#engine.commit(version, all, commits, tokens);
    } catch (error) {
      [this.#chain, this.#oldestMs] = [null, null];
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  /** Adds to `all` what keeps the group, and throws away what is over the limits. */
  async #record(snapshot: EngineSnapshot, group: Group, all: WriteSet): Promise<void> {
    const wallMs = Math.max(0, Math.floor(this.#world.clock.wall()));
    const state = await historyState(snapshot);
    const chain = state === null ? 0 : (this.#chain ?? (await lastChain(snapshot, state)));
    const limit = Math.min(historyRecordSizeBytesMax, this.#keepBytes);
    const commitBytes = group.commits.reduce((sum, one) => sum + encodeCommit(one).length, 0);
    const room = limit - commitBytes - 64;
    const before = room < 0 ? null : await beforeImages(snapshot, group.writes, room);
    const record = encodeRecord({ wallMs, commits: group.commits, before }, chain);
    const pieces = piecesOf(group.version, record.bytes);
    const addedBytes = pieces.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    this.#chain = record.chain;
    if (state === null || addedBytes > this.#keepBytes || room < 0) {
      all.clearSpan(recordsSpan);
    }
    if (addedBytes > this.#keepBytes || room < 0) {
      const identity = state?.identity ?? this.#identity();
      this.#oldestMs = null;
      this.#put(all, {
        identity,
        last: group.version,
        since: group.version,
        sinceChain: record.chain,
        asOfSince: group.version,
        sizeBytes: 0,
      });
      return;
    }
    const old = state ?? {
      ...{ identity: this.#identity(), last: snapshot.version, since: snapshot.version },
      ...{ sinceChain: 0, asOfSince: snapshot.version, sizeBytes: 0 },
    };
    const trimmed = await this.#trim(snapshot, { state: old, addedBytes, wallMs }, all);
    for (const { key, value } of pieces) all.set(key, value);
    const asOfSince = before === null ? group.version : trimmed.asOfSince;
    this.#put(all, {
      ...trimmed,
      last: group.version,
      asOfSince,
      sizeBytes: trimmed.sizeBytes + addedBytes,
    });
    if (trimmed.sizeBytes === 0) this.#oldestMs = wallMs;
  }

  #identity(): Uint8Array {
    return this.#world.random.bytes(historyIdentitySizeBytes);
  }

  #put(all: WriteSet, state: HistoryState): void {
    all.set(stateKey, encodeState(state));
  }

  /** Throws the oldest records away that there is no room or no time for. */
  async #trim(
    snapshot: EngineSnapshot,
    { state, addedBytes, wallMs }: { state: HistoryState; addedBytes: number; wallMs: number },
    all: WriteSet,
  ): Promise<HistoryState> {
    let { since, sinceChain, sizeBytes } = state;
    const isOver = () => sizeBytes + addedBytes > this.#keepBytes;
    const isOld = (ms: number | null) => ms === null || wallMs - ms > this.#keepMs;
    const looksAtAge = this.#keepMs !== Number.POSITIVE_INFINITY;
    if (sizeBytes === 0 || !(isOver() || (looksAtAge && isOld(this.#oldestMs)))) return state;
    let rows = 0;
    for await (const { key, value } of rowsFrom(snapshot, recordsSpan.start)) {
      const version = versionOfPiece(key);
      if (version !== since) {
        const head = recordHead(value);
        const goes = isOver() || (looksAtAge && isOld(head.wallMs) && rows < trimRowsMax);
        if (!goes) {
          this.#oldestMs = head.wallMs;
          break;
        }
        [since, sinceChain] = [version, head.chain];
      }
      all.set(key, null);
      sizeBytes -= key.length + value.length;
      rows += 1;
    }
    const asOfSince = Math.max(state.asOfSince, since) as CommitVersion;
    return { ...state, since, sinceChain, asOfSince, sizeBytes };
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

function requirePositive(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return;
  throw new HoldfastError(
    "invalid_argument",
    `history.${name} is ${value}, not a positive integer`,
  );
}

interface Group {
  readonly version: CommitVersion;
  readonly writes: WriteSet;
  readonly commits: readonly CommitRecord[];
}

async function lastChain(snapshot: EngineSnapshot, state: HistoryState): Promise<number> {
  const [first] = await snapshot.range(recordKey(state.last), recordsSpan.end, 1, false);
  return first === undefined ? state.sinceChain : recordHead(first.value).chain;
}

/** What stands in `snapshot` under each key that `writes` touch; null where that is over `limitBytes`. */
async function beforeImages(
  snapshot: EngineSnapshot,
  writes: WriteSet,
  limitBytes: number,
): Promise<BeforeImages | null> {
  const before: BeforeImages = new OrderedMap();
  let left = limitBytes;
  const add = (key: KeyText, value: Uint8Array | null): boolean => {
    if (before.set(key, value) !== undefined) return true;
    // Five bytes for two lengths.
    left -= key.length + (value?.length ?? 0) + 5;
    return left >= 0;
  };
  for (const span of writes.cleared.list()) {
    if (!(await visitRows(snapshot, span, add))) return null;
  }
  for (const key of writes.points.keysIn(firstText, lastText)) {
    if (!add(key, await snapshot.get(key))) return null;
  }
  return before;
}

/** False where `visit` was, which ends it. */
async function visitRows(
  snapshot: EngineSnapshot,
  { start, end }: Span,
  visit: (key: KeyText, value: Uint8Array) => boolean,
): Promise<boolean> {
  for (let from = start; ; ) {
    const page = await snapshot.range(from, end, pageRows, false);
    for (const { key, value } of page) if (!visit(key, value)) return false;
    if (page.length < pageRows) return true;
    from = textAfter(page[page.length - 1]!.key);
  }
}
