// Joining bundles into chunks of the log, none above the limit.

import {
  type Bundle,
  bundleSizeBytesMax,
  coalesceBundles,
  decodeBundle,
  encodeBundle,
  joinBundles,
} from "@holdfast/doc";
import { isHoldfastError } from "@holdfast/std";

/** A bundle, and how it is written. */
export interface Piece {
  readonly bundle: Bundle;
  readonly bytes: Uint8Array;
}

/** Joins neighbours as far as the limit allows, without decoding a payload. Each of `pieces` is within the limit. */
export function packPieces(pieces: readonly Piece[]): readonly Piece[] {
  const packed: Piece[] = [];
  let group: Piece[] = [];
  let sizeBytes = 0;
  for (const piece of pieces) {
    if (sizeBytes + piece.bytes.length > bundleSizeBytesMax && group.length > 0) {
      packed.push(...joinPieces(group));
      group = [];
      sizeBytes = 0;
    }
    group.push(piece);
    sizeBytes += piece.bytes.length;
  }
  if (group.length > 0) packed.push(...joinPieces(group));
  return packed;
}

/** One piece where that is within the limit; else, of each half, the same. */
export function joinPieces(pieces: readonly Piece[]): readonly Piece[] {
  if (pieces.length <= 1) return pieces;
  const bundle = joinBundles(pieces.map((piece) => piece.bundle));
  const bytes = encodeBundle(bundle);
  if (bytes.length <= bundleSizeBytesMax) return [{ bundle, bytes }];
  // A joined envelope may be longer than its parts: agents above 127 take two bytes.
  const middle = Math.ceil(pieces.length / 2);
  return [...joinPieces(pieces.slice(0, middle)), ...joinPieces(pieces.slice(middle))];
}

/**
 * The same events in as few pieces as possible: what is plain is decoded and written
 * anew; where that can't be read, and where it is sealed, payloads stay as they are.
 */
export function mergePieces(pieces: readonly Piece[]): readonly Piece[] {
  try {
    const merged = coalesceBundles(pieces.map((piece) => piece.bundle));
    return packPieces(merged.map((bytes) => ({ bytes, bundle: decodeBundle(bytes) })));
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return joinPieces(pieces);
  }
}
