// The bytes of a page of the feed, as a server sends them in parts:
//
//   uint count, then each change: blob commit (../../commit_record.ts)
//
// The receiver trusts nothing: what comes out is a page that a store could have told.

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { decodeCommit, encodeCommit } from "../../commit_record.ts";
import { changeIn, commitOf } from "../../history/changes.ts";
import { firstText, lastText } from "../../key.ts";
import { type Change, type ChangesPage, type CommitVersion, changesMax } from "../../store.ts";

const all = { start: firstText, end: lastText };
/** Of a commit of one key of one byte, with its length. */
const changeSizeBytesMin = 6;

/** O(size). */
export function encodeChanges(changes: readonly Change[]): Uint8Array {
  const writer = new Writer(1_024).uint(changes.length);
  for (const change of changes) writer.blob(encodeCommit(commitOf(change)));
  return writer.finish();
}

/**
 * The page whose changes are `bytes`, from `since` on and up to `version`.
 *
 * @throws {HoldfastError} `corrupt`, `truncated`, `too_large`.
 */
export function decodeChanges(
  bytes: Uint8Array,
  since: CommitVersion,
  version: CommitVersion,
): ChangesPage {
  const reader = new Reader(bytes);
  const changes: Change[] = [];
  let last = since;
  for (let left = reader.count("changes", changesMax, changeSizeBytesMin); left > 0; left -= 1) {
    const change = changeIn(decodeCommit(reader.blob("change", bytes.length)), all);
    if (change === null || change.version <= last) {
      throw new HoldfastError("corrupt", "a change of nothing, or out of order");
    }
    last = change.version;
    changes.push(change);
  }
  reader.end("a page of the feed");
  if (version < last) throw new HoldfastError("corrupt", "a page ends before its last change");
  return { changes, version };
}
