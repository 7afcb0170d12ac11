// Keys and values that hold the version at which their transaction commits: so that
// transactions which append to one log need not agree on a place first, and never conflict.

import { concatBytes, HoldfastError } from "@holdfast/std";
import { type KeyText, type Span, textAfter, toKeyText } from "./key.ts";
import type { CommitVersion, VersionStamped } from "./store.ts";

/** A version stamp: 8 bytes, big-endian, so that stamps sort as versions do. */
export const versionStampSizeBytes = 8;

/** The stamp of a version, as it stands in keys and values. */
export function versionStamp(version: CommitVersion): Uint8Array {
  const stamp = new Uint8Array(versionStampSizeBytes);
  new DataView(stamp.buffer).setBigUint64(0, BigInt(version));
  return stamp;
}

/** The bytes with the stamp in its place. */
export function stampedBytes(
  { before, after = new Uint8Array(0) }: VersionStamped,
  version: CommitVersion,
): Uint8Array {
  return concatBytes([before, versionStamp(version), after]);
}

/** How long the bytes are with their stamp. */
export function stampedSizeBytes({ before, after }: VersionStamped): number {
  return before.length + versionStampSizeBytes + (after?.length ?? 0);
}

/** Where a stamped key of a transaction that stands on version `since` can lie. */
export function spanOfStamped(key: VersionStamped, since: CommitVersion): Span {
  const last = stampedBytes(key, Number.MAX_SAFE_INTEGER as CommitVersion);
  return {
    start: toKeyText(stampedBytes(key, (since + 1) as CommitVersion)),
    end: textAfter(toKeyText(last)),
  };
}

/** Whether `text` can be the stamped key of a transaction that stands on version `since`. */
export function maybeStamped(key: VersionStamped, since: CommitVersion, text: KeyText): boolean {
  const { start, end } = spanOfStamped(key, since);
  if (text.length !== start.length || text < start || text >= end) return false;
  const { before, after = new Uint8Array(0) } = key;
  return text.startsWith(toKeyText(before)) && text.endsWith(toKeyText(after));
}

/** Refuses to read what is not known before the commit. */
export function unreadable(what: string): HoldfastError {
  return new HoldfastError(
    "invalid_argument",
    `${what} the version of this transaction's commit, which is not known yet`,
  );
}
