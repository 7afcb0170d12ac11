// Writes that read nothing, of one call.

import { HoldfastError } from "@holdfast/std";
import { CheckedWrites } from "./checked_writes.ts";
import type { KeyText } from "./key.ts";
import type { CommitVersion, Writes } from "./store.ts";
import type { TransactionWrites } from "./transaction_writes.ts";

/** What they stand on. */
export const noVersion = 0 as CommitVersion;

/** A key that is set. */
export interface OneSet {
  readonly key: KeyText;
  readonly value: Uint8Array;
}

/** See {@link blindWrites}. */
export class BlindWrites extends CheckedWrites {
  #only: OneSet | null = null;

  /** The key that is set, where that is all: it mostly is, and needs none of what transactions have. */
  get only(): OneSet | null {
    return this.#only;
  }

  /** All of it. */
  override get writes(): TransactionWrites {
    const writes = super.writes;
    if (this.#only !== null) writes.set(this.#only.key, this.#only.value);
    this.#only = null;
    return writes;
  }

  protected override note(key: KeyText, value: Uint8Array): void {
    if (this.written === null && this.#only === null) this.#only = { key, value };
    else super.note(key, value);
  }
}

/**
 * What `fn` writes.
 *
 * @throws {HoldfastError} `invalid_argument` where it writes nothing; what `fn` throws.
 */
export function blindWrites(fn: (writes: Writes) => void, keySizeBytesMax: number): BlindWrites {
  const own = new BlindWrites(noVersion, keySizeBytesMax);
  try {
    fn(own);
  } finally {
    own.end();
  }
  if (own.only === null && own.writes.isEmpty) {
    throw new HoldfastError("invalid_argument", "nothing is written");
  }
  return own;
}
