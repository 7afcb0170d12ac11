// How large the parts of a document may be. Also what a decoder accepts from a stranger.

import { HoldfastError, isWellFormed, utf8SizeBytes } from "@holdfast/std";

/** Most bytes of a container's name; at least 1. */
export const containerNameSizeBytesMax = 200;

/** Most bytes of a map's key. May be empty. */
export const keySizeBytesMax = 1_000;

/** Most parents of one event, so that any event fits in a bundle; more heads are merged in steps. */
export const parentsMax = 500;

/** Most texts, lists and maps of a document; a text and a map of one name count once. */
export const containersMax = 65_536;

/** Most bytes of a document file, and of a bundle that `Doc.apply` is given. */
export const documentSizeBytesMax = 256 * 1024 * 1024;

/**
 * Most events of one bundle that delete, with {@link bundleDeletesPerInsert} more for each unit and each value
 * that was ever inserted into the document. A hundred people who empty a text of 10,000 units at once make 1,000,000.
 */
export const bundleDeletesBase = 1_048_576;
export const bundleDeletesPerInsert = 8;

/**
 * Checks how much a bundle deletes. A few bytes can stand for the deletion of a whole text, as often as there are
 * agents; each costs work, and numbers of events. It is held against one bundle and not against the
 * document: else whoever used that up would keep the deletes of honest people from each other.
 *
 * @param deletes - Events of the bundle that delete, and that are new.
 * @param inserts - Events of the document that insert, the bundle's among them.
 * @throws {HoldfastError} `too_large`.
 */
export function checkBundleDeletes(deletes: number, inserts: number): void {
  const most = bundleDeletesBase + bundleDeletesPerInsert * inserts;
  if (deletes <= most) return;
  throw new HoldfastError("too_large", `a bundle with ${deletes} deletes, at most ${most}`);
}

/**
 * Checks a container's name.
 *
 * @throws {HoldfastError} `invalid_argument`.
 */
export function checkContainerName(name: string): void {
  const sizeBytes = utf8SizeBytes(name);
  if (sizeBytes < 1 || sizeBytes > containerNameSizeBytesMax || !isWellFormed(name)) {
    throw new HoldfastError(
      "invalid_argument",
      `a container's name is 1 to ${containerNameSizeBytesMax} bytes of UTF-8: ${name.slice(0, 40)}`,
    );
  }
}

/**
 * Checks a map's key.
 *
 * @throws {HoldfastError} `invalid_argument`.
 */
export function checkKey(key: string): void {
  if (utf8SizeBytes(key) > keySizeBytesMax || !isWellFormed(key)) {
    throw new HoldfastError(
      "invalid_argument",
      `a key is at most ${keySizeBytesMax} bytes of UTF-8: ${key.slice(0, 40)}`,
    );
  }
}
