// Makes the bytes of a backup of a store, while the store goes on.
//
// All rows come from one snapshot, held as long as that takes: so the backup shows the
// store at one version, whatever commits meanwhile.

import type { World } from "@holdfast/world";
import type { EngineRow } from "../engine.ts";
import { allKeys, keyAfter, toKeyText } from "../key.ts";
import type { LocalStore, Row, Snapshot } from "../store.ts";
import {
  type BackupBlock,
  type BackupHead,
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

/** A block of rows is closed when it has about so many bytes. */
const rowsBlockBytes = 1_048_576;
/** Rows read at once, at most and at first. */
const pageRowsMax = 2_000;
const pageRowsFirst = 64;

/**
 * Writes a backup of all of `store` to `put`, as it is now. Nothing waits for it; see
 * `LocalStore.hold` for what it costs meanwhile. Memory: a few blocks of 1 MiB.
 *
 * @throws {HoldfastError} `closed`, `overloaded`, `corrupt`, `io` of the store; what `put` throws.
 */
export async function streamBackup(
  store: LocalStore,
  world: BackupWorld,
  put: BackupSink,
): Promise<void> {
  await store.hold(async (snapshot) => {
    const writer = new BlockWriter(put);
    await writer.begin(headOf(snapshot, world));
    await putRows(snapshot, writer);
    await writer.end();
  });
}

function headOf(snapshot: Snapshot, { clock, random }: BackupWorld): BackupHead {
  return {
    contents: "rows",
    name: random.bytes(nameSizeBytes),
    version: snapshot.version,
    since: 0 as BackupHead["since"],
    previous: new Uint8Array(hashSizeBytes),
    madeAtMs: Math.max(0, Math.floor(clock.wall())),
    mark: new Uint8Array(0),
  };
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
    this.#count += count;
    this.#contentBytes += contentBytes;
    await this.#send(encodeBlock(block));
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
