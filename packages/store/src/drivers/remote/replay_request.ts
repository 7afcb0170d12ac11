// What a client's transaction read and wrote, done again in a transaction of the server's
// store, on the same snapshot: so the store decides as if the client had run in it.

import { concatBytes, Reader } from "@holdfast/std";
import { type KeyText, keyAfter, type Span, toKeyBytes } from "../../key.ts";
import { readRequest } from "../../request_codec.ts";
import type { KeyRange, Transaction, VersionStamped } from "../../store.ts";
import { inOrder } from "../../transaction_writes.ts";

/**
 * Does in `tx` what `bytes` say, with `prefix` before all keys; none is longer than
 * `keySizeBytesMax` without it. O(size).
 *
 * @throws {HoldfastError} `unsupported_version`, `corrupt`, `truncated`; `too_large` and
 *   `invalid_argument` as the calls of a transaction. `tx` must not be committed then.
 */
export function replayRequest(
  bytes: Uint8Array,
  tx: Transaction,
  { prefix, keySizeBytesMax }: { readonly prefix: Uint8Array; readonly keySizeBytesMax: number },
): void {
  const keyOf = (key: KeyText): Uint8Array => concatBytes([prefix, toKeyBytes(key)]);
  const rangeOf = ({ start, end }: Span): KeyRange => ({ start: keyOf(start), end: keyOf(end) });
  const stampedOf = (key: VersionStamped): VersionStamped => ({
    ...key,
    before: concatBytes([prefix, key.before]),
  });
  const { reads, writes } = readRequest(new Reader(bytes), keySizeBytesMax);
  for (const point of reads.points) {
    const start = keyOf(point);
    tx.addReadConflict({ start, end: keyAfter(start) });
  }
  reads.spans.visit((span) => {
    tx.addReadConflict(rangeOf(span));
    return true;
  });
  const { known, changes, stamped } = writes;
  known.cleared.visit((span) => {
    tx.clearRange(rangeOf(span));
    return true;
  });
  known.declared.visit((span) => {
    tx.addWriteConflict(rangeOf(span));
    return true;
  });
  known.points.visitAll((key, value) => {
    if (value === null) tx.clear(keyOf(key));
    else tx.set(keyOf(key), value);
    return true;
  });
  changes.visitAll((key, mutations) => {
    for (const mutation of inOrder(mutations)) tx.mutate(keyOf(key), mutation);
    return true;
  });
  stamped.values.visitAll((key, value) => {
    tx.setStampedValue(keyOf(key), value);
    return true;
  });
  for (const { key, value } of stamped.keys) tx.setStampedKey(stampedOf(key), value);
}
