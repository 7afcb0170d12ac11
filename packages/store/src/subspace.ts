// A part of the key space with a name, whose keys are tuples and whose values are typed.
//
//   subspace(["orders"], json<Order>())   key ("orders", customer, number) -> an Order
//
// Tuples sort part by part, so all rows of one customer lie together, in order of their
// numbers. Two subspaces never meet unless the name of one begins as the other's.

import {
  compareBytes,
  decodeUtf8,
  encodeUtf8,
  HoldfastError,
  type KeyPart,
  keyRange,
  packKey,
  unpackKey,
} from "@holdfast/std";
import type { KeyRange, RangeOptions, Snapshot, Transaction } from "./store.ts";

/** How values become bytes. */
export interface ValueCodec<Value> {
  encode(value: Value): Uint8Array;
  /** @throws {HoldfastError} `corrupt` where the bytes are no value. */
  decode(bytes: Uint8Array): Value;
}

/** Values as JSON. What is read is trusted to be what was written: check it where a stranger can write. */
export function json<Value>(): ValueCodec<Value> {
  return {
    encode: (value) => encodeUtf8(JSON.stringify(value)),
    decode: (bytes) => {
      try {
        return JSON.parse(decodeUtf8(bytes)) as Value;
      } catch (cause) {
        throw new HoldfastError("corrupt", "a value of the subspace is no JSON", { cause });
      }
    },
  };
}

/** The beginnings of a tuple type, itself and the empty one included. */
export type KeyPrefix<Key extends readonly KeyPart[]> = number extends Key["length"]
  ? Key
  : Key extends readonly [...infer Start extends readonly KeyPart[], KeyPart]
    ? KeyPrefix<Start> | Key
    : readonly [];

/** A row of a {@link Subspace}. */
export interface TypedRow<Key, Value> {
  readonly key: Key;
  readonly value: Value;
}

/** See the head of this file. All errors are those of `Store`, and of the codec. */
export interface Subspace<Key extends readonly KeyPart[], Value> {
  /** The bytes of a key: for watches, mutations and declared conflicts. */
  pack(key: Key): Uint8Array;
  /** The key of some bytes. @throws {HoldfastError} `corrupt` where they are none of this subspace. */
  unpack(bytes: Uint8Array): Key;
  /** All keys that begin so. */
  within(prefix: KeyPrefix<Key>): KeyRange;
  get(from: Snapshot, key: Key): Promise<Value | null>;
  /** The first or last rows whose keys begin so, in order. */
  range(
    from: Snapshot,
    prefix: KeyPrefix<Key>,
    options: RangeOptions,
  ): Promise<readonly TypedRow<Key, Value>[]>;
  set(tx: Transaction, key: Key, value: Value): void;
  clear(tx: Transaction, key: Key): void;
  /** Removes all rows whose keys begin so. */
  clearWithin(tx: Transaction, prefix: KeyPrefix<Key>): void;
}

/**
 * A subspace with this name, which is the beginning of all its keys.
 *
 * @example
 * const orders = subspace<[customer: string, number: number], Order>(["orders"], json());
 * await store.transact((tx) => orders.set(tx, ["acme", 7], { total: 12 }));
 * const rows = await store.read((tx) => orders.range(tx, ["acme"], { limitRows: 100 }));
 * @throws {HoldfastError} `invalid_argument` where the name is empty.
 */
export function subspace<Key extends readonly KeyPart[], Value>(
  name: readonly KeyPart[],
  codec: ValueCodec<Value>,
): Subspace<Key, Value> {
  if (name.length === 0) throw new HoldfastError("invalid_argument", "a subspace has a name");
  const pack = (key: readonly KeyPart[]) => packKey([...name, ...key]);
  const within = (prefix: readonly KeyPart[]): KeyRange => ({
    start: pack(prefix),
    end: keyRange([...name, ...prefix]).end,
  });
  const { start, end } = within([]);
  const unpack = (bytes: Uint8Array): Key => {
    if (compareBytes(bytes, start) < 0 || compareBytes(bytes, end) >= 0) {
      throw new HoldfastError("corrupt", "the key is none of this subspace");
    }
    return unpackKey(bytes).slice(name.length) as readonly KeyPart[] as Key;
  };
  return {
    pack,
    unpack,
    within,
    get: async (from, key) => {
      const bytes = await from.get(pack(key));
      return bytes === null ? null : codec.decode(bytes);
    },
    range: async (from, prefix, options) => {
      const rows = await from.range(within(prefix), options);
      return rows.map(({ key, value }) => ({ key: unpack(key), value: codec.decode(value) }));
    },
    set: (tx, key, value) => tx.set(pack(key), codec.encode(value)),
    clear: (tx, key) => tx.clear(pack(key)),
    clearWithin: (tx, prefix) => tx.clearRange(within(prefix)),
  };
}
