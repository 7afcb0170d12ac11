// The values that a group's changes are made to: read before the group is made up, as they
// stand after the group before it.

import type { Engine } from "./engine.ts";
import type { KeyText } from "./key.ts";
import { transactionSizeBytesMax } from "./store.ts";
import type { TransactionWrites } from "./transaction_writes.ts";

/** See the head of this file. */
export interface PriorValues {
  readonly values: ReadonlyMap<KeyText, Uint8Array | null>;
  /** For so many of the transactions, from the first on, all is read. At least one. */
  readonly count: number;
  /** Of these: those that, with the values they change, are over the limit of a transaction. */
  readonly tooLarge: ReadonlySet<TransactionWrites>;
}

/** For transactions that change nothing. */
export const noPriorValues: Omit<PriorValues, "count"> = { values: new Map(), tooLarge: new Set() };

/**
 * Reads what `transactions` change, up to about `transactionSizeBytesMax` bytes in all.
 *
 * @throws {HoldfastError} What the engine throws; nothing has happened then.
 */
export async function readPriorValues(
  engine: Engine,
  transactions: readonly TransactionWrites[],
): Promise<PriorValues> {
  const values = new Map<KeyText, Uint8Array | null>();
  const tooLarge = new Set<TransactionWrites>();
  let count = 0;
  let totalBytes = 0;
  const snapshot = engine.snapshot();
  try {
    for (const writes of transactions) {
      if (totalBytes > transactionSizeBytesMax) break;
      count += 1;
      let sizeBytes = writes.sizeBytes;
      for (const key of writes.changedKeys()) {
        if (sizeBytes > transactionSizeBytesMax) break;
        if (!values.has(key)) values.set(key, await snapshot.get(key));
        sizeBytes += values.get(key)?.length ?? 0;
      }
      if (sizeBytes > transactionSizeBytesMax) tooLarge.add(writes);
      totalBytes += sizeBytes;
    }
  } finally {
    snapshot.release();
  }
  return { values, count, tooLarge };
}
