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

/** {@link Writes} until it is ended. */
export class CheckedWrites implements Writes {
  readonly keySizeBytesMax: number;
  /** Made when the first is written: most transactions only read. */
  protected written: TransactionWrites | null = null;
  readonly #since: CommitVersion;
  #ended: HoldfastError | "whole" | null = null;

  /** @param since - The version that a transaction stands on; 0 where it stands on none. */
  constructor(since: CommitVersion, keySizeBytesMax: number) {
    this.#since = since;
    this.keySizeBytesMax = keySizeBytesMax;
  }

  get writes(): TransactionWrites {
    this.written ??= new TransactionWrites(this.#since);
    return this.written;
  }

  /** Whether nothing is written, nor declared as written. */
  get isReadOnly(): boolean {
    return this.written === null || this.written.isEmpty;
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
    this.note(text, values.copy(value));
  }

  /** Takes in what is set. @throws {HoldfastError} `too_large`. */
  protected note(key: KeyText, value: Uint8Array): void {
    this.writes.set(key, value);
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
