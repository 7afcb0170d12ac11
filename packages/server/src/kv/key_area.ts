// The part of a store's key space that belongs to its clients on the wire: their keys
// stand in it as they are, behind a prefix. So they never meet documents, nor what is put
// over HTTP.

import { compareBytes, concatBytes, HoldfastError, packKey } from "@holdfast/std";
import { allKeys, type KeyRange, type Store } from "@holdfast/store";

/** See the head of this file. */
export class KeyArea {
  readonly prefix: Uint8Array = packKey(["rows"]);
  /** Largest key of a client. */
  readonly keySizeBytesMax: number;

  constructor({ capabilities }: Store) {
    this.keySizeBytesMax = capabilities.keySizeBytesMax - this.prefix.length;
  }

  /** Where a client's key lies. @throws {HoldfastError} `invalid_argument`. */
  keyOf(key: Uint8Array): Uint8Array {
    if (key.length > 0 && key[0] !== 0xff) return this.#behind(key);
    throw new HoldfastError("invalid_argument", "a key is not empty and begins below 0xff");
  }

  /** Where a client's range lies. @throws {HoldfastError} `invalid_argument`. */
  rangeOf({ start, end }: KeyRange): KeyRange {
    if (compareBytes(start, end) > 0 || compareBytes(end, allKeys.end) > 0) {
      throw new HoldfastError("invalid_argument", "the range ends before it starts, or too late");
    }
    return { start: this.#behind(start), end: this.#behind(end) };
  }

  /** The client's key that lies at `key`. */
  ownKeyOf(key: Uint8Array): Uint8Array {
    return key.subarray(this.prefix.length);
  }

  #behind(key: Uint8Array): Uint8Array {
    return concatBytes([this.prefix, key]);
  }
}
