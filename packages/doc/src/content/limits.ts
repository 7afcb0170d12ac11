// How large the parts of a document may be. Also what a decoder accepts from a stranger.

import { HoldfastError, isWellFormed, utf8SizeBytes } from "@holdfast/std";

/** Most bytes of a container's name; at least 1. */
export const containerNameSizeBytesMax = 200;

/** Most bytes of a map's key. May be empty. */
export const keySizeBytesMax = 1_000;

/** Most parents of one event, so that any event fits in a bundle; more heads are merged in steps. */
export const parentsMax = 500;

/** Most bytes of a document file, and of a bundle that `Doc.apply` is given. */
export const documentSizeBytesMax = 256 * 1024 * 1024;

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
