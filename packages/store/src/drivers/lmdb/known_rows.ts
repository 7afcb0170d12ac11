// Rows of the newest version that were read lately and found whole, as far as there is room.
//
// Problem: a read of one key calls into native code, which copies the row, and computes its
// checksum; that takes several times what finding it here does. But to look for rows and to add
// them costs, too, and is in vain where more keys are read than there is room for.
// Method: two generations. Rows are added to the younger one; when that is full it becomes the
// older one, and what nobody asked for meanwhile goes. After each window of reads it is judged
// whether enough of them were found here; if not, this rests for a while.
//
// Invariants:
//   KR1  What is here is of the newest version: whatever a commit writes goes before anybody
//        reads at its version, and whoever reads at a former one does not look here any more.
//   KR2  Nobody else has the bytes: they are copied on the way in, and on the way out.
//   KR3  At most `2 * generationSizeBytesMax` bytes by our reckoning. A row that passes from one generation
//        into the other is copied, and one that goes still counts: else the room that it shares with
//        others would be kept beyond what is reckoned.
//   KR4  Where less than half of the reads find their row, at most one in 17 looks for it.

import type { KeyText } from "../../key.ts";
import { Slabs } from "../../slabs.ts";
import type { WriteSet } from "../../write_set.ts";

/** Most bytes of one generation, each row reckoned with {@link entryBytes} more. */
export const generationSizeBytesMax = 8 * 1024 * 1024;
/** What an entry takes besides key and value, about. */
const entryBytes = 200;
/** Larger values take so long to copy that there is nothing to gain. */
const valueSizeBytesMax = 4_096;
/** So many reads are judged at once. */
export const windowReads = 1_024;
/** So many that follow are let pass, where too few of them found their row. */
const restReads = 16 * windowReads;

type Generation = Map<KeyText, Uint8Array>;

/** See the head of this file. Every operation O(1), but for `forget`. */
export class KnownRows {
  #younger: Generation = new Map();
  #older: Generation = new Map();
  #youngerBytes = 0;
  #reads = 0;
  #found = 0;
  #restLeft = 0;
  readonly #slabs = new Slabs(8_192, 8_192);

  /** The value of `key`, to be copied; undefined where it is not known. */
  get(key: KeyText): Uint8Array | undefined {
    if (this.#restLeft > 0) {
      this.#restLeft -= 1;
      return undefined;
    }
    if (this.#reads === windowReads) this.#judge();
    this.#reads += 1;
    const young = this.#younger.get(key);
    const value = young ?? this.#older.get(key);
    if (value === undefined) return undefined;
    this.#found += 1;
    if (young === undefined) this.#keep(key, this.#slabs.copy(value));
    return value;
  }

  /** Takes a copy of what was read after {@link get} had not found it. */
  offer(key: KeyText, value: Uint8Array): void {
    if (this.#restLeft > 0 || value.length > valueSizeBytesMax) return;
    this.#keep(key, this.#slabs.copy(value));
  }

  /** Gives up what `writes` change. O(keys). */
  forget({ points, cleared }: WriteSet): void {
    if (cleared.size > 0) this.#clear();
    if (this.#younger.size + this.#older.size === 0) return;
    points.visitAll((key) => {
      this.#younger.delete(key);
      this.#older.delete(key);
      return true;
    });
  }

  #clear(): void {
    this.#younger = new Map();
    this.#older = new Map();
    this.#youngerBytes = 0;
  }

  #judge(): void {
    if (this.#found * 2 < this.#reads) this.#restLeft = restReads;
    this.#reads = 0;
    this.#found = 0;
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
