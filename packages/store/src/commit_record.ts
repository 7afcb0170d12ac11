// The bytes of one group of commits, as logs and backups keep it:
//
//   uint version
//   uint count, then each span cleared: blob start, blob end
//   uint count, then each key in ascending order: blob key, then
//     uint 0 where it is cleared, else uint (1 + size of the value) and the value
//
// The checksum, and what a torn end means, are of whoever keeps it. See docs/formats/log.md.

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { firstText, type KeyText, type Span, toKeyBytes, toKeyText } from "./key.ts";
import { OrderedMap } from "./ordered_map.ts";
import { type CommitVersion, keySizeBytesMax, valueSizeBytesMax } from "./store.ts";
import { WriteSet } from "./write_set.ts";

/** One group of commits. */
export interface CommitRecord {
  readonly version: CommitVersion;
  readonly writes: WriteSet;
}

/** Bytes for the lengths of a key and a value that are not long. */
export const lengthsSizeBytes = 4;

/** O(size). */
export function encodeCommit(commit: CommitRecord): Uint8Array {
  const writer = new Writer(guessOf(commit.writes));
  writeCommit(writer, commit);
  return writer.finish();
}

/** The bytes of each, which lie in one piece of memory. O(size). */
export function encodeCommits(commits: readonly CommitRecord[]): readonly Uint8Array[] {
  const guess = commits.reduce((sum, { writes }) => sum + guessOf(writes), 0);
  const writer = new Writer(guess);
  const ends = commits.map((commit) => {
    writeCommit(writer, commit);
    return writer.sizeBytes;
  });
  const all = writer.view();
  return ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end));
}

function guessOf({ sizeBytes, points }: WriteSet): number {
  return sizeBytes + points.size * lengthsSizeBytes + 64;
}

/** The same, to `writer`. */
export function writeCommit(writer: Writer, { version, writes }: CommitRecord): void {
  writer.uint(version).uint(writes.cleared.size);
  writes.cleared.visit((span) => {
    writer.blob(toKeyBytes(span.start)).blob(toKeyBytes(span.end));
    return true;
  });
  writer.uint(writes.points.size);
  writes.points.visitAll((key, value) => {
    writer
      .uint(key.length)
      .units(key)
      .uint(value === null ? 0 : 1 + value.length);
    if (value !== null) writer.raw(value);
    return true;
  });
}

/** @throws {HoldfastError} `corrupt`, `truncated`, `too_large`; nothing else, whatever the bytes. */
export function decodeCommit(bytes: Uint8Array): CommitRecord {
  return readCommit(bytes, (value) => value.slice());
}

/** The same; values are views of `bytes`, for whoever keeps these anyway, or gives the values up soon. */
export function viewCommit(bytes: Uint8Array): CommitRecord {
  return readCommit(bytes, (value) => value);
}

function readCommit(bytes: Uint8Array, kept: (value: Uint8Array) => Uint8Array): CommitRecord {
  const reader = new Reader(bytes);
  const version = reader.uint("version") as CommitVersion;
  const cleared: Span[] = [];
  const endSizeBytesMax = keySizeBytesMax + 1;
  for (let left = reader.count("cleared spans", bytes.length, 2); left > 0; left -= 1) {
    const start = toKeyText(reader.blob("start of a span", endSizeBytesMax));
    const end = toKeyText(reader.blob("end of a span", endSizeBytesMax));
    if (start >= end) throw new HoldfastError("corrupt", "a cleared span is empty");
    cleared.push({ start, end });
  }
  let last = firstText;
  const keys: KeyText[] = [];
  const values: (Uint8Array | null)[] = [];
  for (let left = reader.count("keys", bytes.length, 2); left > 0; left -= 1) {
    const key = toKeyText(reader.blob("key", keySizeBytesMax));
    if (key <= last) throw new HoldfastError("corrupt", "the keys of a commit are out of order");
    last = key;
    const size = reader.uint("size of a value", valueSizeBytesMax + 1);
    keys.push(key);
    values.push(size === 0 ? null : kept(reader.raw(size - 1, "value")));
  }
  reader.end("a commit");
  const writes = new WriteSet(OrderedMap.ofSorted(keys, values));
  // All of these come first, whatever stands on them.
  for (const span of cleared) writes.addCleared(span);
  return { version, writes };
}
