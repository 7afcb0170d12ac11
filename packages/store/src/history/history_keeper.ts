// Records groups of commits as rows: what each wrote, and what stood before it. What it adds
// and throws away is a function of the snapshot, the group and the limits alone, whatever
// was recorded here before: so replicas that apply the same groups have the same rows.
//
// Invariants: H2, H3 and H4 of history_engine.ts, and
//   HK1  What is remembered here between two groups is what the rows say, or is forgotten.

import { HoldfastError } from "@holdfast/std";
import type { EngineSnapshot } from "../engine.ts";
import { firstText, type KeyText, lastText, type Span, textAfter } from "../key.ts";
import { OrderedMap } from "../ordered_map.ts";
import type { CommitVersion } from "../store.ts";
import type { WriteSet } from "../write_set.ts";
import { historyState, rowsFrom } from "./history_reader.ts";
import {
  type BeforeImages,
  encodeRecord,
  encodeState,
  type HistoryState,
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
  /**
   * Most bytes of the store that it takes; 10 MB unless given. The oldest goes first, bit by bit:
   * twice as much may be there for a while, and what was kept with a greater limit.
   */
  readonly keepBytes?: number;
  /** What is older than this goes with later commits; kept as long as there is room unless given. At most 2^53 - 2. */
  readonly keepMs?: number;
}

/** The same, decided. */
export interface HistoryLimits {
  readonly keepBytes: number;
  /** Null for as long as there is room. */
  readonly keepMs: number | null;
}

/** One group of commits, and on what terms it is recorded. */
export interface RecordedGroup extends HistoryLimits {
  readonly version: CommitVersion;
  /** All of it. */
  readonly writes: WriteSet;
  /** One by one, as `encodeCommit` has them. */
  readonly commits: readonly Uint8Array[];
  /** The wall clock of whoever decided it, in whole milliseconds. */
  readonly wallMs: number;
  /** Names the history, where it begins with this group: `historyIdentitySizeBytes` random bytes. */
  readonly identity: () => Uint8Array;
}

/** Most bytes of a group of several transactions: smaller than a transaction may be, so that a crowd of small ones has room in a record. */
export const historyGroupSizeBytesMax = 2_000_000;
/** Where many small records are to go for a few large ones, they are this much over the limit at most. */
const keepBytesFactor = 2;
/** About 285,000 years; a number that can be sent with one added to it. */
const keepMsMax = Number.MAX_SAFE_INTEGER - 1;
const keepBytesDefault = 10_000_000;
/**
 * Pieces that one commit throws away: a few milliseconds, and more than it adds. Others are for
 * the commits after it.
 */
const trimRowsMax = 256;
/** Pieces that are read at once for that: mostly one commit throws away about what it adds. */
const trimPageRows = 4;
const pageRows = 64;

/** @throws {HoldfastError} `invalid_argument` where a limit is none. */
export function historyLimits({ keepBytes, keepMs }: HistoryOptions): HistoryLimits {
  requirePositive("keepBytes", keepBytes);
  requirePositive("keepMs", keepMs, keepMsMax);
  return { keepBytes: keepBytes ?? keepBytesDefault, keepMs: keepMs ?? null };
}

/** See the head of this file. */
export class HistoryKeeper {
  /** The wall clock of the oldest record; null where that has to be looked up. */
  #oldestMs: number | null = null;
  /** The chain of the newest record; null where that has to be looked up. */
  #chain: number | null = null;

  /** What was recorded last may not stand, or something else may: HK1. */
  forget(): void {
    [this.#chain, this.#oldestMs] = [null, null];
  }

  /**
   * Adds to `all` what keeps `group`, and throws away what is over its limits. What it adds
   * must become rows together with what the group writes, upon those of `snapshot`, or
   * {@link forget} is to be called; so it is where this throws.
   *
   * @throws {HoldfastError} What reading throws.
   */
  async record(snapshot: EngineSnapshot, group: RecordedGroup, all: WriteSet): Promise<void> {
    const { version, writes, commits, wallMs, keepBytes, identity } = group;
    const state = await historyState(snapshot);
    const chain = state === null ? 0 : (this.#chain ?? (await lastChain(snapshot, state)));
    const limit = Math.min(historyRecordSizeBytesMax, keepBytes);
    const commitBytes = commits.reduce((sum, { length }) => sum + length, 0);
    const room = limit - commitBytes - 64;
    const before = room < 0 ? null : await beforeImages(snapshot, writes, room);
    const record = encodeRecord({ wallMs, commits, before }, chain);
    const pieces = piecesOf(version, record.bytes);
    const addedBytes = pieces.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    this.#chain = record.chain;
    const isTooLarge = addedBytes > keepBytes || room < 0;
    if (state === null || isTooLarge) {
      all.clearSpan(recordsSpan);
      this.#oldestMs = null;
    }
    if (isTooLarge) {
      put(all, {
        identity: state?.identity ?? identity(),
        ...{ last: version, since: version, asOfSince: version },
        ...{ sinceChain: record.chain, sizeBytes: 0 },
      });
      return;
    }
    const old = state ?? {
      ...{ identity: identity(), last: snapshot.version, since: snapshot.version },
      ...{ sinceChain: 0, asOfSince: snapshot.version, sizeBytes: 0 },
    };
    const trimmed = await this.#trim(snapshot, { state: old, addedBytes, group }, all);
    for (const { key, value } of pieces) all.set(key, value);
    put(all, {
      ...trimmed,
      last: version,
      asOfSince: before === null ? version : trimmed.asOfSince,
      sizeBytes: trimmed.sizeBytes + addedBytes,
    });
    if (trimmed.sizeBytes === 0) this.#oldestMs = wallMs;
  }

  /** Throws the oldest records away that there is no room or no time for. */
  async #trim(
    snapshot: EngineSnapshot,
    { state, addedBytes, group }: Trimmed,
    all: WriteSet,
  ): Promise<HistoryState> {
    const { keepBytes, keepMs, wallMs } = group;
    let { since, sinceChain, sizeBytes } = state;
    const isOver = () => sizeBytes + addedBytes > keepBytes;
    const isFarOver = () =>
      sizeBytes + addedBytes > Math.max(keepBytes * keepBytesFactor, state.sizeBytes);
    const isOld = (ms: number | null) => keepMs !== null && (ms === null || wallMs - ms > keepMs);
    if (sizeBytes === 0 || !(isOver() || isOld(this.#oldestMs))) return state;
    let rows = 0;
    // Not from the first key on: what was thrown away lately may still lie there, hidden.
    const oldest = recordKey((since + 1) as CommitVersion);
    for await (const { key, value } of rowsFrom(snapshot, oldest, trimPageRows)) {
      const version = versionOfPiece(key);
      if (version !== since) {
        const head = recordHead(value);
        const goes = rows < trimRowsMax ? isOver() || isOld(head.wallMs) : isFarOver();
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

interface Trimmed {
  readonly state: HistoryState;
  /** What the group adds. */
  readonly addedBytes: number;
  readonly group: RecordedGroup;
}

function put(all: WriteSet, state: HistoryState): void {
  all.set(stateKey, encodeState(state));
}

function requirePositive(
  name: string,
  value: number | undefined,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (value === undefined || (Number.isInteger(value) && value > 0 && value <= most)) return;
  throw new HoldfastError(
    "invalid_argument",
    `history.${name} is ${value}, not a positive integer of at most ${most}`,
  );
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
