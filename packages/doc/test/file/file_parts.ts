// Document files taken apart and put together again, with checksums that are right: what a
// test of the decoders needs, since a checksum refuses nearly everything that is wrong.

import { crc32c, Reader, Writer } from "@holdfast/std";

/** The parts of a file. */
export interface FileParts {
  readonly head: Uint8Array;
  /** The texts' and the log's. */
  readonly parts: readonly Uint8Array[];
}

const magicSizeBytes = 4;

/** Takes a snapshot apart; nothing is appended to it. */
export function takeApart(file: Uint8Array): FileParts {
  const reader = new Reader(file);
  reader.raw(magicSizeBytes, "magic");
  const head = reader.blob("head", file.length);
  reader.u32("checksum");
  const parts: Uint8Array[] = [];
  while (reader.remaining > 0) {
    parts.push(reader.blob("part", file.length));
    reader.u32("checksum");
  }
  return { head, parts };
}

/** A file of such parts. */
export function putTogether({ head, parts }: FileParts): Uint8Array {
  const writer = new Writer().u8(0x48).u8(0x46).u8(0x44).u8(1).blob(head);
  writer.u32(crc32c(writer.view()));
  for (const part of parts) writer.blob(part).u32(crc32c(part));
  return writer.finish();
}
