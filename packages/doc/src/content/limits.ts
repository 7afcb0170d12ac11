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
 * Most deletes of a document that deleted what another had deleted at the same time, with
 * {@link doubleDeletesPerInsert} more for each unit and each value that was ever inserted. Who has seen all
 * can't make one. A hundred people who empty a text of 10,000 units at once make 990,000.
 */
export const doubleDeletesMin = 1_048_576;
export const doubleDeletesPerInsert = 8;

/** What a document's deletes are held against. */
export interface DeleteCounts {
  /** How many events delete a unit or a value. */
  readonly deleteCount: number;
  /** How many insert one. */
  readonly insertCount: number;
}

/**
 * Checks that no more deletes deleted what was deleted already than a document may hold. A few bytes can stand
 * for the deletion of a whole text, as often as there are agents; each costs work, and numbers of events.
 *
 * @param visible - Units and values that are left, or fewer: then what it refuses is wrong, but not
 *   all that is wrong is refused. Asked only where there is doubt.
 * @throws {HoldfastError} `too_large`.
 */
export function checkDoubleDeletes(
  { deleteCount, insertCount }: DeleteCounts,
  visible: () => number,
): void {
  const most = doubleDeletesMin + doubleDeletesPerInsert * insertCount;
  if (deleteCount <= most || deleteCount - (insertCount - visible()) <= most) return;
  throw new HoldfastError("too_large", `over ${most} deletes of what was deleted already`);
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
