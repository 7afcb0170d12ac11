// Rows of the copy: bundles and knowledge, each with a checksum, made and read back.

import { VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { crc32c, encodeUtf8, HoldfastError, isHoldfastError } from "@holdfast/std";
import { decodeLogRecord, encodeLogRecord } from "../copy/log_record.ts";
import type { ServerKnowledge } from "../copy/persistence.ts";
import type { BundleRow, KnowledgeRow } from "./copy_schema.ts";

/** A row for `bundle`. */
export function bundleRow(document: DocumentId, bundle: Uint8Array): BundleRow {
  // The clone of a view is one of all that lies beneath it.
  const bytes = bundle.byteLength === bundle.buffer.byteLength ? bundle : bundle.slice();
  return { document, bytes, checksum: checksumOf(document, bytes) };
}

/** @throws {HoldfastError} `corrupt` where the row is not as it was written. */
export function bundleOf(row: BundleRow): Uint8Array {
  return checked(row, `bundle ${row.id}`);
}

/** A row for `knowledge`. */
export function knowledgeRow(document: DocumentId, knowledge: ServerKnowledge): KnowledgeRow {
  const bytes = encodeLogRecord({ type: "knowledge", document, knowledge }).slice();
  return { document, bytes, checksum: checksumOf(document, bytes) };
}

/** @throws {HoldfastError} `corrupt` where the row is not as it was written. */
export function knowledgeOf(row: KnowledgeRow): ServerKnowledge {
  const record = decodeLogRecord(checked(row, "what is known of the server"));
  if (record.type !== "knowledge" || record.document !== row.document) {
    throw new HoldfastError("corrupt", `${row.document}: a record in another's place`);
  }
  return record.knowledge;
}

/** What is saved by the word of `row`; nothing where that is damaged. */
export function savedOf(row: KnowledgeRow): VersionVector {
  try {
    return knowledgeOf(row).saved;
  } catch (error) {
    if (isHoldfastError(error)) return new VersionVector();
    throw error;
  }
}

function checked(row: BundleRow | KnowledgeRow, what: string): Uint8Array {
  const { document, bytes, checksum } = row;
  if (bytes instanceof Uint8Array && checksumOf(document, bytes) === checksum) return bytes;
  throw new HoldfastError("corrupt", `${document}: ${what} is damaged where the browser keeps it`);
}

function checksumOf(document: string, bytes: Uint8Array): number {
  return crc32c(bytes, crc32c(encodeUtf8(document)));
}
