// The words everyone shares. See README.md.

export { assert, InvariantError, unreachable } from "./assert.ts";
export {
  compareBytes,
  concatBytes,
  copyUnits,
  decodeUtf8,
  encodeUtf8,
  equalBytes,
  fromHex,
  isWellFormed,
  toHex,
  utf8SizeBytes,
} from "./bytes.ts";
export { Reader, Writer } from "./codec.ts";
export { crc32c } from "./crc32c.ts";
export {
  type ErrorCode,
  errorActions,
  HoldfastError,
  isErrorCode,
  isHoldfastError,
} from "./error.ts";
export { findRow, withRoom } from "./int_rows.ts";
export { type Random, randomBelow, randomItem, SeededRandom } from "./random.ts";
export { sha256 } from "./sha256.ts";
export { type KeyPart, keyPartsMax, keyRange, packKey, successor, unpackKey } from "./tuple.ts";
