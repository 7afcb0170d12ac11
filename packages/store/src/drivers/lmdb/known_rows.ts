// Rows of one version that were read lately and found whole, as far as there is room.
//
// Problem: a read of one key calls into native code, which copies the row, and computes its
// checksum; that takes several times what finding it here does.
// Method: two generations. Rows are added to the younger one; when that is full it becomes the
// older one, and what nobody asked for meanwhile goes. Only one read in a few adds its row, so
// that reads of more keys than there is room for cost little more than without this.
//
// Invariants:
//   KR1  What is here is of one version: it ends with the read transaction that it belongs to.
//   KR2  Nobody else has the bytes: they are copied on the way in, and on the way out.
//   KR3  At most `2 * generationSizeBytesMax` bytes by our reckoning.

import type { KeyText } from "../../key.ts";
import { Slabs } from "../../slabs.ts";

/** Most bytes of one generation, each row reckoned with {@link entryBytes} more. */
export const generationSizeBytesMax = 8 * 1024 * 1024;
/** What an entry takes besides key and value, about. */
const entryBytes = 200;
/** Larger values take so long to copy that there is nothing to gain. */
const valueSizeBytesMax = 4_096;
/** One read in so many adds its row. */
const addEvery = 4;

type Generation = Map<KeyText, Uint8Array>;

/** See the head of this file. */
export class KnownRows {
  #younger: Generation = new Map();
  #older: Generation = new Map();
  #youngerBytes = 0;
  #reads = 0;
  readonly #slabs = new Slabs(8_192, 8_192);

  /** The value of `key`, to be copied; undefined where it is not known. O(1). */
  get(key: KeyText): Uint8Array | undefined {
    const value = this.#younger.get(key);
    if (value !== undefined || this.#older.size === 0) return value;
    const old = this.#older.get(key);
    if (old !== undefined) this.#keep(key, old);
    return old;
  }

  /** What was read, where it was not known; not kept itself. O(value) once in a few calls. */
  offer(key: KeyText, value: Uint8Array): void {
    this.#reads += 1;
    if (this.#reads % addEvery !== 0 || value.length > valueSizeBytesMax) return;
    this.#keep(key, this.#slabs.copy(value));
  }

  #keep(key: KeyText, value: Uint8Array): void {
    const sizeBytes = key.length + value.length + entryBytes;
    if (this.#youngerBytes + sizeBytes > generationSizeBytesMax) {
      this.#older = this.#younger;
      this.#younger = new Map();
      this.#youngerBytes = 0;
    }
    this.#younger.set(key, value);
    this.#youngerBytes += sizeBytes;
  }
}
