// Parts of a file that are checked each on its own: so many bytes, and their checksum.

import { crc32c, HoldfastError, type Reader, type Writer } from "@holdfast/std";

/** Writes a part: uint length, bytes, u32 CRC-32C of the bytes. */
export function writePart(writer: Writer, bytes: Uint8Array): void {
  writer.blob(bytes).u32(crc32c(bytes));
}

/** Bytes that were found, and their checksum, which nobody looked at yet. */
export class Part {
  readonly #name: string;
  readonly #bytes: Uint8Array;
  readonly #checksum: number;

  /** Takes a part off a reader. @throws {HoldfastError} `truncated`, `corrupt`. */
  constructor(reader: Reader, name: string) {
    this.#name = name;
    this.#bytes = reader.blob(name, Number.MAX_SAFE_INTEGER);
    this.#checksum = reader.u32(name);
  }

  /** The bytes, checked. O(n). @throws {HoldfastError} `corrupt`. */
  bytes(): Uint8Array {
    if (crc32c(this.#bytes) !== this.#checksum) {
      throw new HoldfastError("corrupt", `checksum of the ${this.#name} does not match`);
    }
    return this.#bytes;
  }
}
