// Rows in an LMDB file.
//
// Problem: LMDB by itself commits safely, but the binding to it is made for
// speed: by default it shows a commit to readers before the disk has it; it
// shares read transactions between callers; and it explains little where the disk
// is full.
// Method: `overlappingSync` off, so that a commit is one native call on a worker
// thread: write pages, fdatasync, then the page that makes them count, through a
// descriptor opened with O_DSYNC. Only then does the promise resolve. Snapshots
// are read transactions that we count ourselves.
//
// Invariants:
//   L1  `commit` resolves after the write of the meta page has returned from a
//       descriptor with O_DSYNC, and that began after the fdatasync of all other
//       pages had returned. A test reads this off a system-call trace.
//   L2  A snapshot is one LMDB read transaction from its first read to its last,
//       and its version is read from that transaction.
//   L3  Nothing throws between the first and the last instruction of a batch: all
//       bytes are made before. (The binding would commit the half.)
//   L4  A read transaction of a former version is given up as soon as the last snapshot on
//       it is released: one that is held keeps LMDB from reusing pages. That of the newest
//       version keeps it from nothing, and is held until there is a newer one.
//   L5  A read transaction is begun only while nothing is written: so the newer of the two
//       meta pages is its own.
//
// What a failed commit leaves: LMDB never overwrites pages that its last good
// meta page refers to, so where writing pages failed nothing has happened. Where
// the meta page failed, LMDB refuses all further work; we find that out by taking
// a snapshot, and stop.

import { assert, HoldfastError } from "@holdfast/std";
import type { Disk, DiskLock } from "@holdfast/world";
import type { RootDatabase } from "lmdb";
import { type Engine, type EngineRow, type EngineSnapshot, withKeyText } from "../../engine.ts";
import { type KeyText, toKeyBytes, toKeyText } from "../../key.ts";
import { Slabs } from "../../slabs.ts";
import type { Capabilities, CommitVersion, Row } from "../../store.ts";
import type { WriteSet } from "../../write_set.ts";
import { KnownRows } from "./known_rows.ts";
import { lmdbError } from "./lmdb_error.ts";
import { PageFile } from "./page_file.ts";
import {
  decodeMeta,
  decodeRow,
  encodeMeta,
  encodeRow,
  type Meta,
  metaKey,
  rowValue,
} from "./row.ts";
import { RowTree } from "./row_tree.ts";

/** Largest key: what fits twice into one page of 4096 bytes, and some room. */
export const lmdbKeySizeBytesMax = 1_900;

/** How much must fit behind the file for the disk not to count as full. */
const probeSizeBytes = 64 * 1024;

type ReadTransaction = ReturnType<RootDatabase["useReadTransaction"]>;

/** The binding's database with keys and values as bytes. */
export type Database = RootDatabase<Uint8Array, Uint8Array> & {
  /** Takes the same options as `get`, which the binding's types leave out. */
  getBinaryFast(
    key: Uint8Array,
    options: { readonly transaction: ReadTransaction },
  ): Uint8Array | undefined;
};

/** Small values lie in slabs of many: an array with memory of its own takes longer to make than to read. */
const values = new Slabs(8_192, 8_192);

/** One instruction for LMDB; a null row removes the key. */
interface Instruction {
  readonly key: Uint8Array;
  readonly row: Uint8Array | null;
}

/** What {@link LmdbEngine} stands on. */
export interface LmdbEngineOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly database: Database;
  /** The claim on the folder, given up when the engine is closed. */
  readonly lock: DiskLock;
  /** Whether newer commits than its own may be in a log beside it: so the file says from the next commit on. */
  readonly isLogged: boolean;
}

/** See the head of this file. */
export class LmdbEngine implements Engine {
  readonly capabilities: Capabilities = {
    driver: "lmdb",
    durable: true,
    versionStamps: true,
    history: false,
    staleReads: false,
    keySizeBytesMax: lmdbKeySizeBytesMax,
  };
  readonly #disk: Disk;
  readonly #path: string;
  readonly #database: Database;
  readonly #lock: DiskLock;
  readonly #pages: PageFile;
  readonly #isLogged: boolean;
  /** The store's, 16 bytes. */
  readonly identity: Uint8Array;
  /** Whether the file said, when it was opened, that newer commits may be in a log. */
  readonly saysLogged: boolean;
  #version: CommitVersion;
  /** The newest; held by the engine itself. Null where none could be begun. */
  #current: SharedRead | null = null;
  readonly #known = new KnownRows();

  /** @throws {HoldfastError} `corrupt`, `unsupported_version`, `io`. */
  constructor(options: LmdbEngineOptions) {
    this.#disk = options.disk;
    this.#path = options.path;
    this.#database = options.database;
    this.#lock = options.lock;
    const meta = readMeta(this.#database);
    this.identity = meta.identity;
    this.saysLogged = meta.isLogged;
    this.#isLogged = options.isLogged;
    this.#version = meta.version;
    this.#pages = new PageFile(options.path);
  }

  get version(): CommitVersion {
    return this.#version;
  }

  snapshot(): EngineSnapshot {
    const shared = this.#newest();
    assert(shared.version >= this.#version, "L2: a snapshot shows what was acknowledged");
    shared.retain();
    return new LmdbSnapshot(this.#database, shared);
  }

  async commit(version: CommitVersion, writes: WriteSet): Promise<void> {
    const instructions = this.#instructions(this.#newest(), writes);
    const meta = encodeMeta({ identity: this.identity, version, isLogged: this.#isLogged });
    instructions.push({ key: metaKey, row: encodeRow(metaKey, meta) });
    try {
      await writeBatch(this.#database, instructions);
    } catch (error) {
      throw await this.#explain(error);
    }
    this.#version = version;
    this.#dropCurrent();
    this.#known.forget(writes);
    // Now, since the next commit may have begun when the next snapshot is taken.
    this.#newest();
  }

  async close(): Promise<void> {
    this.#dropCurrent();
    this.#pages.close();
    await this.#database.close();
    await this.#lock.release();
  }

  #newest(): SharedRead {
    if (this.#current !== null) return this.#current;
    try {
      this.#current = new SharedRead(this.#database, this.#pages);
    } catch (error) {
      throw lmdbError("open a snapshot", error);
    }
    this.#current.retain();
    // It may be one of the commit that is under way.
    if (this.#current.version === this.#version) this.#current.known = this.#known;
    return this.#current;
  }

  #dropCurrent(): void {
    if (this.#current === null) return;
    this.#current.known = null;
    this.#current.release();
    this.#current = null;
  }

  /** All that `writes` say, key by key. */
  #instructions(newest: SharedRead, writes: WriteSet): Instruction[] {
    const instructions: Instruction[] = [];
    try {
      for (const { start, end } of writes.cleared.list()) {
        for (const key of newest.keys(toKeyBytes(start), toKeyBytes(end))) {
          if (writes.points.get(toKeyText(key)) === undefined)
            instructions.push({ key, row: null });
        }
      }
    } catch (error) {
      throw lmdbError("list the keys to clear", error);
    }
    writes.points.visitAll((text, value) => {
      const key = toKeyBytes(text);
      instructions.push({ key, row: value === null ? null : encodeRow(key, value) });
      return true;
    });
    return instructions;
  }

  /**
   * Why a commit failed. LMDB reports a write that came short as EIO; whether the
   * disk is full shows when we try to make the file longer. That is harmless: no
   * page beyond the old end is referred to.
   */
  async #explain(error: unknown): Promise<HoldfastError> {
    const failure = lmdbError("commit", await commitError(error));
    try {
      new SharedRead(this.#database, this.#pages).probe();
    } catch (cause) {
      return new HoldfastError("io", "commit: LMDB can't go on after a failed write", { cause });
    }
    if (failure.code !== "io") return failure;
    const full = await this.#lacksRoom();
    if (!full) return failure;
    return new HoldfastError("disk_full", `commit to ${this.#path}: no room`, { cause: failure });
  }

  async #lacksRoom(): Promise<boolean> {
    try {
      const file = await this.#disk.open(this.#path, { create: false });
      try {
        const sizeBytes = await file.size();
        await file.append(new Uint8Array(probeSizeBytes));
        await file.truncate(sizeBytes);
      } finally {
        await file.close();
      }
      return false;
    } catch (error) {
      return lmdbError("probe", error).code === "disk_full";
    }
  }
}

/** Writes the first row of a new database. */
export async function createMeta(
  database: Database,
  { identity, isLogged }: Pick<Meta, "identity" | "isLogged">,
): Promise<void> {
  const meta: Meta = { identity, version: 0 as CommitVersion, isLogged };
  const row = encodeRow(metaKey, encodeMeta(meta));
  await writeBatch(database, [{ key: metaKey, row }]).catch(async (error: unknown) => {
    throw lmdbError("create the store", await commitError(error));
  });
}

async function writeBatch(database: Database, instructions: readonly Instruction[]): Promise<void> {
  await database.batch(() => {
    for (const { key, row } of instructions) {
      if (row === null) database.remove(key);
      else database.put(key, row);
    }
  });
}

/** The binding rejects with an error that holds a promise of the reason. */
async function commitError(error: unknown): Promise<unknown> {
  const reason = (error as { commitError?: Promise<unknown> }).commitError;
  if (reason === undefined) return error;
  return reason.then(
    () => error,
    (cause: unknown) => cause,
  );
}

/** @throws {HoldfastError} `corrupt` where this is no store of ours; `unsupported_version`; `io`. */
function readMeta(database: Database, transaction?: ReadTransaction): Meta {
  const row = database.get(metaKey, transaction === undefined ? undefined : { transaction });
  if (row === undefined) {
    throw new HoldfastError("corrupt", "the LMDB file holds no Holdfast store");
  }
  return decodeMeta(decodeRow(metaKey, row));
}

/** One LMDB read transaction, and how many hold it. */
class SharedRead {
  readonly version: CommitVersion;
  readonly options: { readonly transaction: ReadTransaction };
  /** The same rows, for ranges. */
  readonly tree: RowTree;
  /** Some of them, for reads of one key. Null where this is not the newest version. */
  known: KnownRows | null = null;
  readonly #database: Database;
  #holders = 0;

  /** Nothing may be being written: L5. */
  constructor(database: Database, pages: PageFile) {
    this.#database = database;
    database.resetReadTxn(); // else the binding may hand out one from before the last commit
    const transaction = database.useReadTransaction();
    this.options = { transaction };
    try {
      this.version = readMeta(database, transaction).version;
      this.tree = new RowTree(pages, pages.meta());
    } catch (error) {
      transaction.done();
      throw error;
    }
  }

  retain(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.options.transaction.done();
  }

  /** Was only opened to see whether that works. */
  probe(): void {
    this.retain();
    this.release();
  }

  /** A list, since a cursor must not outlive this call. */
  keys(start: Uint8Array, end: Uint8Array): Uint8Array[] {
    return [...this.#database.getKeys({ start, end, ...this.options })];
  }
}

class LmdbSnapshot implements EngineSnapshot {
  readonly #database: Database;
  readonly #shared: SharedRead;

  constructor(database: Database, shared: SharedRead) {
    this.#database = database;
    this.#shared = shared;
  }

  release(): void {
    this.#shared.release();
  }

  get version(): CommitVersion {
    return this.#shared.version;
  }

  get(text: KeyText): Uint8Array | null {
    const { known, options } = this.#shared;
    const value = known?.get(text);
    if (value !== undefined) return values.copy(value);
    const key = toKeyBytes(text);
    try {
      // Good until the next call of the binding, and copied before that.
      const row = this.#database.getBinaryFast(key, options);
      if (row === undefined) return null;
      const found = values.copy(rowValue(key, row));
      known?.offer(text, found);
      return found;
    } catch (error) {
      throw lmdbError("read a key", error);
    }
  }

  range(start: KeyText, end: KeyText, limitRows: number, reverse: boolean): readonly EngineRow[] {
    return withKeyText(this.rows(start, end, limitRows, reverse));
  }

  rows(start: KeyText, end: KeyText, limitRows: number, reverse: boolean): readonly Row[] {
    return this.#shared.tree.rows(toKeyBytes(start), toKeyBytes(end), limitRows, reverse);
  }
}
