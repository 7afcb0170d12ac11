// Keys and values with versions, on any store: what the plain interface offers, without
// the interface.
//
// Invariants
//   KV3  What is decided by a condition is decided in the transaction that writes: nobody
//        writes in between.
//   KV4  A write without a condition reads nothing, and so never conflicts.

import { HoldfastError } from "@holdfast/std";
import type {
  CommitVersion,
  Consistency,
  KeyRange,
  Snapshot,
  Store,
  Transaction,
  Watch,
  Writes,
} from "@holdfast/store";
import {
  type Content,
  type Entry,
  entryOf,
  type Held,
  heldOf,
  type Keys,
  rowKey,
  rowRange,
  rowsBeyond,
  rowValue,
  type Span,
} from "./entry.ts";

/** Decides by the version that a key is at; null where there is no such key. */
export type Condition = (present: CommitVersion | null) => boolean;

/** How a conditional write ended. */
export type Written =
  | { readonly type: "written"; readonly version: CommitVersion }
  /** Nothing was written: the key is at `present`. */
  | { readonly type: "refused"; readonly present: CommitVersion | null };

/** Which part of a range to read. */
export interface PageOptions {
  /** At most this many entries, 1 to {@link pageRowsMax}. */
  readonly limitRows: number;
  readonly reverse: boolean;
  /** The last key of the page before. */
  readonly after?: Uint8Array;
  /** `linearizable` unless given. */
  readonly consistency?: Consistency;
}

/** What a key held at a version of the store, and how old that may be: as of a `ReadSnapshot`. */
export interface Seen {
  readonly held: Held | null;
  readonly version: CommitVersion;
  readonly staleMsMax: number;
}

/** Some entries of a range, as of one version. */
export interface Page {
  readonly version: CommitVersion;
  readonly staleMsMax: number;
  readonly entries: readonly Entry[];
  /** Whether there may be more behind the last entry. */
  readonly more: boolean;
}

/** Most entries of a page. */
export const pageRowsMax = 1_000;
/** A page ends with the entry that brings its keys and values to so much, or earlier. */
export const pageSizeBytesMax = 4 * 1024 * 1024;
/** Most keys that are removed at once by range. */
export const removedRowsMax = 10_000;
/** Rows that are read from the store at once; values are up to 100 kB each. */
export const stepRows = 64;

/** See the head of this file. All errors are those of `Store`, and of keys and values that are too large. */
export class KeyValues {
  readonly #store: Store;

  /** @throws {HoldfastError} `invalid_argument` where the store's driver has no version stamps. */
  constructor(store: Store) {
    if (!store.capabilities.versionStamps) {
      const { driver } = store.capabilities;
      throw new HoldfastError("invalid_argument", `the driver ${driver} has no version stamps`);
    }
    this.#store = store;
  }

  /** What `key` holds, or null; linearizable. */
  async get(key: Uint8Array): Promise<Held | null> {
    const row = rowKey(key);
    const bytes = await this.#store.get(row);
    return bytes === null ? null : heldOf(bytes);
  }

  /** The same of a snapshot that may be older, and which that is. */
  async look(key: Uint8Array, consistency: Consistency): Promise<Seen> {
    const row = rowKey(key);
    return this.#store.read(
      async (snapshot) => {
        const bytes = await snapshot.get(row);
        const { version, staleMsMax } = snapshot;
        return { version, staleMsMax, held: bytes === null ? null : heldOf(bytes) };
      },
      { consistency },
    );
  }

  /** Sets `key`, if `condition` lets it. */
  put(key: Uint8Array, content: Content, condition?: Condition): Promise<Written> {
    const row = rowKey(key);
    const value = rowValue(content);
    return this.#write(row, condition, (writes) => writes.setStampedValue(row, value));
  }

  /** Removes `key`, if `condition` lets it; whether it was there or not. */
  remove(key: Uint8Array, condition?: Condition): Promise<Written> {
    const row = rowKey(key);
    return this.#write(row, condition, (writes) => writes.clear(row));
  }

  /**
   * Removes all keys of `span`, and says how many those were.
   *
   * @throws {HoldfastError} `too_large` where it holds more than {@link removedRowsMax}.
   */
  async removeRange(span: Span): Promise<{ removed: number; version: CommitVersion }> {
    const range = rowRange(span);
    const { value: removed, version } = await this.#store.transact(async (tx) => {
      const count = await countRows(tx, range);
      if (count > 0) tx.clearRange(range);
      return count;
    });
    return { removed, version };
  }

  /** Entries of `keys` in byte order, or from the end in reverse. */
  page(keys: Keys, { limitRows, reverse, after, ...how }: PageOptions): Promise<Page> {
    let range = rowRange(keys);
    if (after !== undefined) range = rowsBeyond(range, after, reverse);
    return this.#store.read(async (snapshot) => {
      const entries: Entry[] = [];
      let left = range;
      let sizeBytes = 0;
      for (;;) {
        const wanted = Math.min(stepRows, limitRows - entries.length);
        const rows = await snapshot.range(left, { limitRows: wanted, reverse });
        for (const row of rows) {
          entries.push(entryOf(row));
          sizeBytes += row.key.length + row.value.length;
          if (sizeBytes >= pageSizeBytesMax) break;
        }
        const more = rows.length === wanted;
        if (!more || entries.length >= limitRows || sizeBytes >= pageSizeBytesMax) {
          const { version, staleMsMax } = snapshot;
          return { version, staleMsMax, entries, more: more || sizeBytes >= pageSizeBytesMax };
        }
        left = rowsBeyond(range, entries[entries.length - 1]!.key, reverse);
      }
    }, how);
  }

  /** Runs `fn` as a transaction on what the keys hold. */
  async transact<T>(fn: (tx: KeyTransaction) => Promise<T>) {
    return this.#store.transact((tx) => fn(new KeyTransaction(tx)));
  }

  /** Watches `keys`; see `Watch` of the store. @throws {HoldfastError} `overloaded`, `closed`. */
  watch(keys: Keys): Watch {
    return this.#store.watch(rowRange(keys));
  }

  async #write(
    row: Uint8Array,
    condition: Condition | undefined,
    write: (writes: Writes) => void,
  ): Promise<Written> {
    if (condition === undefined) {
      const version = await this.#store.write(write);
      return { type: "written", version };
    }
    const { value, version } = await this.#store.transact(async (tx) => {
      const bytes = await tx.get(row);
      const present = bytes === null ? null : heldOf(bytes).version;
      if (!condition(present)) return { present };
      write(tx);
      return null;
    });
    return value === null ? { type: "written", version } : { type: "refused", ...value };
  }
}

/** A transaction on keys. What it sets can't be read in it. */
export class KeyTransaction {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async get(key: Uint8Array): Promise<Held | null> {
    const bytes = await this.#tx.get(rowKey(key));
    return bytes === null ? null : heldOf(bytes);
  }

  set(key: Uint8Array, content: Content): void {
    this.#tx.setStampedValue(rowKey(key), rowValue(content));
  }

  clear(key: Uint8Array): void {
    this.#tx.clear(rowKey(key));
  }
}

async function countRows(snapshot: Snapshot, range: KeyRange): Promise<number> {
  let count = 0;
  let left = range;
  for (;;) {
    const rows = await snapshot.range(left, { limitRows: stepRows, reverse: false });
    count += rows.length;
    if (count > removedRowsMax) {
      const sentence = `the range holds over ${removedRowsMax} keys; remove it in parts`;
      throw new HoldfastError("too_large", sentence);
    }
    if (rows.length < stepRows) return count;
    left = rowsBeyond(range, entryOf(rows[rows.length - 1]!).key, false);
  }
}
