// One number for all rows of a state, the same wherever the rows are the same.
//
// A chain: the bytes of the version (8, big-endian), then of each row in order its key and
// its value, each hashed onto what came before. Each link counts its length, so no two
// lists of rows make one list of bytes. How rows are read, and over what they lie, leaves
// no trace in it.

import type { EngineSnapshot } from "../../engine.ts";
import { type KeyText, type Span, textAfter, toKeyText } from "../../key.ts";
import type { Row } from "../../store.ts";
import { type Hash128, hashOnto, newHash } from "./murmur128.ts";

/** Rows that are read at once: few, since values may be large. */
const pageRows = 32;
/** Between two pauses: a millisecond or so. */
const stepSizeBytes = 64 * 1024;
/** What a row costs beside its bytes. */
const rowSizeBytes = 64;

/**
 * The hash of the rows of `spans`, which are in order. O(rows); holds a page in memory.
 *
 * @param pause - Called so often that others need not wait; what it throws ends the hash.
 */
export async function hashRows(
  snapshot: EngineSnapshot,
  spans: readonly Span[],
  pause: () => Promise<void>,
): Promise<Hash128> {
  const hash = newHash();
  const version = new DataView(new ArrayBuffer(8));
  version.setBigUint64(0, BigInt(snapshot.version));
  hashOnto(hash, new Uint8Array(version.buffer));
  let sinceBytes = 0;
  for (const { start, end } of spans) {
    let from: KeyText = start;
    for (let page: readonly Row[] | null = null; page === null || page.length === pageRows; ) {
      page = await snapshot.rows(from, end, pageRows, false);
      for (const { key, value } of page) {
        hashOnto(hash, key);
        hashOnto(hash, value);
        sinceBytes += key.length + value.length + rowSizeBytes;
      }
      if (page.length > 0) from = textAfter(toKeyText(page.at(-1)!.key));
      if (sinceBytes < stepSizeBytes) continue;
      sinceBytes = 0;
      await pause();
    }
  }
  return hash;
}
