// Makes the bytes of a backup of a store, while the store goes on.
//
// All of it comes from one snapshot, held as long as that takes: so the backup shows the
// store at one version, or leads to one, whatever commits meanwhile. Where the store's
// history goes on from an earlier backup, the new one holds what was committed since.

import type { World } from "@holdfast/world";
import type { EngineRow } from "../engine.ts";
import { commitOf } from "../history/changes.ts";
import { allKeys, keyAfter, toKeyText } from "../key.ts";
import type { CommitVersion, HeldSnapshot, LocalStore, Row, Snapshot } from "../store.ts";
import {
  type BackupBlock,
  type BackupHead,
  blockHeadSizeBytes,
  encodeBlock,
  fileHead,
  hashSizeBytes,
  nameSizeBytes,
  newHash,
} from "./backup_format.ts";

/** What making a backup needs of the world. */
export type BackupWorld = Pick<World, "clock" | "random">;

/** Takes the next bytes of a backup; the next ones come when it resolves. */
export type BackupSink = (bytes: Uint8Array) => Promise<void>;

/** An earlier backup, to build upon. */
export interface BackupBase {
  readonly version: CommitVersion;
  /** The hash at its end. */
  readonly hash: Uint8Array;
  /** The mark in its head. */
  readonly mark: Uint8Array;
}

/** What {@link streamBackup} takes besides the store. */
export interface StreamOptions {
  readonly world: BackupWorld;
  /** Where the store's history goes on from it, only what came since is written. Null for all in any case. */
  readonly base: BackupBase | null;
}

/** A block of rows is closed when it has about so many bytes. */
const rowsBlockBytes = 1_048_576;
/** Rows read at once, at most and at first. */
const pageRowsMax = 2_000;
const pageRowsFirst = 64;

/**
 * Writes a backup of `store`, or of a node of a cluster, to `put`, as it is now. Nothing waits
 * for it; see `LocalStore.hold` for what it costs meanwhile. Memory: a few blocks of 1 MiB.
 *
 * @throws {HoldfastError} What `hold` of the store does; what `put` throws.
 */
export async function streamBackup(
  store: Pick<LocalStore, "hold">,
  { world, base }: StreamOptions,
  put: BackupSink,
): Promise<void> {
  await store.hold(async (snapshot) => {
    const goesOn = base !== null && (await snapshot.goesOnFrom(base.version, base.mark));
    const upon = goesOn ? base : null;
    const writer = new BlockWriter(put);
    await writer.begin(await headOf(snapshot, world, upon));
    if (upon === null) await putRows(snapshot, writer);
    else await putCommits(snapshot, upon.version, writer);
    await writer.end();
  });
}

async function headOf(
  snapshot: HeldSnapshot,
  { clock, random }: BackupWorld,
  upon: BackupBase | null,
): Promise<BackupHead> {
  return {
    contents: upon === null ? "rows" : "commits",
    name: random.bytes(nameSizeBytes),
    version: snapshot.version,
    since: upon?.version ?? (0 as CommitVersion),
    previous: upon?.hash ?? new Uint8Array(hashSizeBytes),
    madeAtMs: Math.max(0, Math.floor(clock.wall())),
    mark: await snapshot.mark(),
  };
}

async function putCommits(
  snapshot: HeldSnapshot,
  since: CommitVersion,
  writer: BlockWriter,
): Promise<void> {
  for await (const change of snapshot.changesAfter(since)) {
    const block = encodeBlock({ type: "commit", commit: commitOf(change) });
    await writer.putBytes(block, 1, block.length - blockHeadSizeBytes);
  }
}

async function putRows(snapshot: Snapshot, writer: BlockWriter): Promise<void> {
  let start = allKeys.start;
  let limitRows = pageRowsFirst;
  let rows: EngineRow[] = [];
  let rowsBytes = 0;
  for (;;) {
    const page = await snapshot.range({ start, end: allKeys.end }, { limitRows });
    const pageBytes = page.reduce((sum, row) => sum + sizeOf(row), 0);
    rows.push(...page.map(({ key, value }) => ({ key: toKeyText(key), value })));
    rowsBytes += pageBytes;
    const isLast = page.length < limitRows;
    if (rows.length > 0 && (isLast || rowsBytes >= rowsBlockBytes)) {
      await writer.put({ type: "rows", rows }, rows.length, rowsBytes);
      rows = [];
      rowsBytes = 0;
    }
    if (isLast) return;
    start = keyAfter(page[page.length - 1]!.key);
    // As many as make about half a block, so that large values don't add up to gigabytes.
    const fitting = Math.floor((page.length * rowsBlockBytes) / (2 * Math.max(1, pageBytes)));
    limitRows = Math.max(8, Math.min(pageRowsMax, fitting));
  }
}

function sizeOf({ key, value }: Row): number {
  return key.length + value.length;
}

/** Frames blocks, and counts and hashes what it frames. */
class BlockWriter {
  readonly #put: BackupSink;
  readonly #hash = newHash();
  #count = 0;
  #contentBytes = 0;

  constructor(put: BackupSink) {
    this.#put = put;
  }

  async begin(head: BackupHead): Promise<void> {
    await this.#send(fileHead);
    await this.put({ type: "head", head }, 0, 0);
  }

  async put(block: BackupBlock, count: number, contentBytes: number): Promise<void> {
    await this.putBytes(encodeBlock(block), count, contentBytes);
  }

  async putBytes(block: Uint8Array, count: number, contentBytes: number): Promise<void> {
    this.#count += count;
    this.#contentBytes += contentBytes;
    await this.#send(block);
  }

  async end(): Promise<void> {
    const [count, contentBytes, hash] = [this.#count, this.#contentBytes, this.#hash.digest()];
    await this.#put(encodeBlock({ type: "end", end: { count, contentBytes, hash } }));
  }

  async #send(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    await this.#put(bytes);
  }
}
