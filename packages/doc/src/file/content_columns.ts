// All text that was inserted, in the order of its events, as the log keeps it.
//
// Most of it still stands in the final texts, which lie in the file anyway: it is copied
// from there, and what was deleted from whatever looks like it. The rest is literals.
//
// Coded, until all bytes are there: how many literals, foreseen by the length of the copy
// before; these; then, unless that was all, the copy's length - 4, foreseen by its
// literals, and the zigzag of where it begins - where the last one's source ended (at first
// 0), foreseen by its length. Sources count from the first byte of `base`: the final
// texts as UTF-8, one after another; the inserted text stands behind them.

import { HoldfastError } from "@holdfast/std";
import type { BitCoder } from "./bit_coder.ts";
import { type Copy, findCopies } from "./copies.ts";
import { ByteModel, NumberModel, symbolOf, unzigzag, zigzag } from "./number_model.ts";
import { copyPiece } from "./text_block.ts";

const copyLengthMin = 4;
const usualLengthMin = 8;

class ContentModels {
  readonly literals: NumberModel;
  readonly length: NumberModel;
  readonly source: NumberModel;
  readonly byte: ByteModel;

  constructor(coder: BitCoder) {
    this.literals = new NumberModel(coder);
    this.length = new NumberModel(coder);
    this.source = new NumberModel(coder);
    this.byte = new ByteModel(coder);
  }
}

/** Writes `content`. With `isPlain`, without copies: as bytes that bits alone make smaller. */
export function encodeContent(
  coder: BitCoder,
  base: Uint8Array,
  content: Uint8Array,
  isPlain: boolean,
): void {
  const models = new ContentModels(coder);
  const bytes = new Uint8Array(base.length + content.length);
  bytes.set(base);
  bytes.set(content, base.length);
  const search = {
    start: base.length,
    lengthMin: usualLengthMin,
    onwardLengthMin: copyLengthMin,
    reachMax: bytes.length,
  };
  const copies: readonly Copy[] = isPlain ? [] : findCopies(bytes, search);
  let at = base.length;
  let expected = 0;
  let before = 0;
  const literals = (count: number): void => {
    models.literals.code(symbolOf(before), count);
    for (const end = at + count; at < end; at += 1) models.byte.code(bytes[at]!);
  };
  for (const copy of copies) {
    literals(copy.literals);
    const length = copy.length - copyLengthMin;
    models.length.code(symbolOf(copy.literals), length);
    models.source.code(symbolOf(length), zigzag(copy.source - expected));
    at += copy.length;
    expected = copy.source + copy.length;
    before = copy.length;
  }
  if (at < bytes.length) literals(bytes.length - at);
}

/**
 * Reads what {@link encodeContent} wrote: `sizeBytes` of them, which the caller has found small enough.
 *
 * @throws {HoldfastError} `corrupt`.
 */
export function decodeContent(coder: BitCoder, base: Uint8Array, sizeBytes: number): Uint8Array {
  const models = new ContentModels(coder);
  const bytes = new Uint8Array(base.length + sizeBytes);
  bytes.set(base);
  let at = base.length;
  let expected = 0;
  let before = 0;
  while (at < bytes.length) {
    const count = models.literals.code(symbolOf(before), 0);
    if (count > bytes.length - at) throw corrupt("has too many literals");
    for (const end = at + count; at < end; at += 1) bytes[at] = models.byte.code(0);
    if (at === bytes.length) break;
    const coded = models.length.code(symbolOf(count), 0);
    const length = coded + copyLengthMin;
    const source = expected + unzigzag(models.source.code(symbolOf(coded), 0));
    if (source < 0 || source >= at) throw corrupt("copies what is not there");
    if (length > bytes.length - at) throw corrupt("has too long a copy");
    copyPiece(bytes, source, at, length);
    at += length;
    expected = source + length;
    before = length;
  }
  return bytes.subarray(base.length);
}

function corrupt(problem: string): HoldfastError {
  return new HoldfastError("corrupt", `inserted text ${problem}`);
}
