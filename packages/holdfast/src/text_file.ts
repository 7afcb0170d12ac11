// Reads a text file that may be gzipped.

import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { HoldfastError } from "@holdfast/std";

/** Largest file, unpacked. */
const textSizeBytesMax = 1024 ** 3;

/**
 * The text of a file.
 *
 * @throws {HoldfastError} `not_found` where it can't be read; `corrupt` where it is not whole
 *   gzip data, or no UTF-8; `too_large` where it has over 512 Mi characters or unpacks to over 1 GiB.
 */
export async function readTextFile(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new HoldfastError("not_found", `can't read ${file}`, { cause });
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = unzip(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const isTooLong =
      (cause as { readonly code?: string }).code !== "ERR_ENCODING_INVALID_ENCODED_DATA";
    if (isTooLong) throw new HoldfastError("too_large", "it is too long a text", { cause });
    throw new HoldfastError("corrupt", "it is no UTF-8", { cause });
  }
}

function unzip(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: textSizeBytesMax });
  } catch (cause) {
    if ((cause as { readonly code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw new HoldfastError("too_large", `it unpacks to over ${textSizeBytesMax} bytes`, {
        cause,
      });
    }
    throw new HoldfastError("corrupt", "it is not whole gzip data", { cause });
  }
}
