// What a caller wants written, call by call: checked, copied, and kept for the committer.

import { HoldfastError } from "@holdfast/std";
import { type KeyText, keyText, spanOf } from "./key.ts";
import { Slabs } from "./slabs.ts";
import {
  type CommitVersion,
  type KeyRange,
  type Mutation,
  transactionSizeBytesMax,
  type VersionStamped,
  valueSizeBytesMax,
  type Writes,
} from "./store.ts";
import { TransactionWrites } from "./transaction_writes.ts";
import { stampedSizeBytes } from "./version_stamp.ts";

/** What is set soon goes to a log or to a disk, all of it; so values may share memory until then. */
const values = new Slabs(8_192, 8_192);

/** A key that is set. */
export interface OneSet {
  readonly key: KeyText;
  readonly value: Uint8Array;
}

/** {@link Writes} until it is ended. */
export class CheckedWrites implements Writes {
  readonly keySizeBytesMax: number;
  /** Null as long as nothing is written, or one key is set. */
  #written: TransactionWrites | null = null;
  #only: OneSet | null = null;
  readonly #since: CommitVersion;
  #ended: HoldfastError | "whole" | null = null;

  /** @param since - The version that a transaction stands on; 0 where it stands on none. */
  constructor(since: CommitVersion, keySizeBytesMax: number) {
    this.#since = since;
    this.keySizeBytesMax = keySizeBytesMax;
  }

  /** The key that is set, where that is all: it mostly is, and needs nothing else. */
  get only(): OneSet | null {
    return this.#only;
  }

  /** All of it. */
  get writes(): TransactionWrites {
    this.#written ??= new TransactionWrites(this.#since);
    if (this.#only !== null) this.#written.set(this.#only.key, this.#only.value);
    this.#only = null;
    return this.#written;
  }

  /** Whether nothing is written, nor declared as written. */
  get isReadOnly(): boolean {
    return this.#only === null && (this.#written === null || this.#written.isEmpty);
  }

  /** All of it; null where nothing was ever written. */
  protected get written(): TransactionWrites | null {
    return this.#only === null ? this.#written : this.writes;
  }

  /** Every later use throws `reason`, or `closed`. Harmless twice; tells whether it was the first time. */
  end(reason: HoldfastError | "whole" = "whole"): boolean {
    if (this.#ended !== null) return false;
    this.#ended = reason;
    return true;
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.checkOpen();
    const text = keyText(key, this.keySizeBytesMax);
    checkValueSize(value.length, "value");
    const copy = values.copy(value);
    if (this.#written === null && this.#only === null) {
      this.#only = { key: text, value: copy };
      return;
    }
    this.writes.set(text, copy);
    this.#checkWrites();
  }

  clear(key: Uint8Array): void {
    this.checkOpen();
    this.writes.set(keyText(key, this.keySizeBytesMax), null);
    this.#checkWrites();
  }

  clearRange(range: KeyRange): void {
    this.checkOpen();
    const span = spanOf(range, this.keySizeBytesMax);
    if (span.start < span.end) this.writes.clearSpan(span);
    this.#checkWrites();
  }

  mutate(key: Uint8Array, { type, operand }: Mutation): void {
    this.checkOpen();
    const text = keyText(key, this.keySizeBytesMax);
    checkValueSize(operand.length, "operand");
    this.writes.change(text, { type, operand: operand.slice() });
    this.#checkWrites();
  }

  setStampedKey(key: VersionStamped, value: Uint8Array): void {
    this.checkOpen();
    const sizeBytes = stampedSizeBytes(key);
    if (sizeBytes > this.keySizeBytesMax) {
      const sizes = `${sizeBytes} bytes, at most ${this.keySizeBytesMax}`;
      throw new HoldfastError("too_large", `the key has ${sizes}`);
    }
    // What is before the stamp is a key itself, and so not the store's own.
    keyText(key.before, this.keySizeBytesMax);
    checkValueSize(value.length, "value");
    this.writes.setStampedKey(copied(key), value.slice());
    this.#checkWrites();
  }

  setStampedValue(key: Uint8Array, value: VersionStamped): void {
    this.checkOpen();
    const text = keyText(key, this.keySizeBytesMax);
    checkValueSize(stampedSizeBytes(value), "value");
    this.writes.setStampedValue(text, copied(value));
    this.#checkWrites();
  }

  addWriteConflict(range: KeyRange): void {
    this.checkOpen();
    this.writes.known.declareSpan(spanOf(range, this.keySizeBytesMax));
    this.#checkWrites();
  }

  /** @throws {HoldfastError} Why it has ended. */
  protected checkOpen(): void {
    if (this.#ended === null) return;
    // Made here: an error looks for its stack, and most transactions end without anybody asking.
    if (this.#ended === "whole") throw new HoldfastError("closed", "the transaction has ended");
    throw this.#ended;
  }

  #checkWrites(): void {
    checkTransactionSize("writes", this.writes.sizeBytes);
  }
}

/** @throws {HoldfastError} `too_large`. */
export function checkTransactionSize(what: "reads" | "writes", sizeBytes: number): void {
  if (sizeBytes <= transactionSizeBytesMax) return;
  const sizes = `${sizeBytes} bytes, at most ${transactionSizeBytesMax}`;
  throw new HoldfastError("too_large", `the transaction ${what} ${sizes}`);
}

function checkValueSize(sizeBytes: number, what: string): void {
  if (sizeBytes <= valueSizeBytesMax) return;
  const sizes = `${sizeBytes} bytes, at most ${valueSizeBytesMax}`;
  throw new HoldfastError("too_large", `the ${what} has ${sizes}`);
}

function copied({ before, after }: VersionStamped): VersionStamped {
  return { before: before.slice(), ...(after === undefined ? {} : { after: after.slice() }) };
}
