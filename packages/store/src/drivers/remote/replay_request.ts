// What a client's transaction read and wrote, done again in a transaction of the server's
// store, on the same snapshot: so the store decides as if the client had run in it.

import { concatBytes, HoldfastError, Reader } from "@holdfast/std";
import { type KeyText, keyAfter, type Span, toKeyBytes } from "../../key.ts";
import { readOneSet, readPriority, readRequest, type SentRequest } from "../../request_codec.ts";
import type { KeyRange, Priority, Transaction, VersionStamped, Writes } from "../../store.ts";
import { inOrder, type TransactionWrites } from "../../transaction_writes.ts";

/** The part of the key space in which a client's keys lie. */
export interface ReplayArea {
  /** Stands before all keys. */
  readonly prefix: Uint8Array;
  /** Of a key without it. */
  readonly keySizeBytesMax: number;
}

/**
 * Does in `tx` what `bytes` say. O(size).
 *
 * @throws {HoldfastError} `unsupported_version`, `corrupt`, `truncated`; `too_large` and
 *   `invalid_argument` as the calls of a transaction. `tx` must not be committed then.
 */
export function replayRequest(bytes: Uint8Array, tx: Transaction, area: ReplayArea): void {
  const { reads, writes } = requestOf(bytes, area);
  const place = new Place(area.prefix);
  for (const point of reads.points) {
    const start = place.keyOf(point);
    tx.addReadConflict({ start, end: keyAfter(start) });
  }
  reads.spans.visit((span) => {
    tx.addReadConflict(place.rangeOf(span));
    return true;
  });
  replay(writes, tx, place);
}

/**
 * The same for what reads nothing.
 *
 * @throws {HoldfastError} As {@link replayRequest}; `invalid_argument` where it does read.
 */
export function replayWrites(bytes: Uint8Array, tx: Writes, area: ReplayArea): void {
  const only = readOneSet(bytes, area.keySizeBytesMax);
  if (only !== null) {
    tx.set(concatBytes([area.prefix, only.key]), only.value);
    return;
  }
  const { reads, writes } = requestOf(bytes, area);
  if (!reads.isEmpty) throw new HoldfastError("invalid_argument", "a write that reads");
  replay(writes, tx, new Place(area.prefix));
}

/** The priority of a request. O(1). @throws {HoldfastError} `unsupported_version`, `truncated`. */
export function requestPriority(bytes: Uint8Array): Priority {
  return readPriority(new Reader(bytes));
}

function requestOf(bytes: Uint8Array, { keySizeBytesMax }: ReplayArea): SentRequest {
  return readRequest(new Reader(bytes), keySizeBytesMax);
}

function replay({ known, changes, stamped }: TransactionWrites, tx: Writes, place: Place): void {
  known.cleared.visit((span) => {
    tx.clearRange(place.rangeOf(span));
    return true;
  });
  known.declared.visit((span) => {
    tx.addWriteConflict(place.rangeOf(span));
    return true;
  });
  known.points.visitAll((key, value) => {
    if (value === null) tx.clear(place.keyOf(key));
    else tx.set(place.keyOf(key), value);
    return true;
  });
  changes.visitAll((key, mutations) => {
    for (const mutation of inOrder(mutations)) tx.mutate(place.keyOf(key), mutation);
    return true;
  });
  stamped.values.visitAll((key, value) => {
    tx.setStampedValue(place.keyOf(key), value);
    return true;
  });
  for (const { key, value } of stamped.keys) tx.setStampedKey(place.stampedOf(key), value);
}

/** Where keys lie. */
class Place {
  readonly #prefix: Uint8Array;

  constructor(prefix: Uint8Array) {
    this.#prefix = prefix;
  }

  keyOf(key: KeyText): Uint8Array {
    return concatBytes([this.#prefix, toKeyBytes(key)]);
  }

  rangeOf({ start, end }: Span): KeyRange {
    return { start: this.keyOf(start), end: this.keyOf(end) };
  }

  stampedOf(key: VersionStamped): VersionStamped {
    return { ...key, before: concatBytes([this.#prefix, key.before]) };
  }
}
