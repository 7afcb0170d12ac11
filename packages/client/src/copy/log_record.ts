// The records of a client's log; see docs/formats/client-log.md.
//
//   u8 1 agent      16 bytes
//   u8 2 bundle     text document, blob bundle
//   u8 3 knowledge  text document, 16 bytes store identity, uint epoch, vector sent, vector saved

import {
  type AgentId,
  agentFromBytes,
  agentSizeBytes,
  agentToBytes,
  VersionVector,
  vectorAgentsMax,
} from "@holdfast/causality";
import {
  bundleSizeBytesMax,
  type DocumentId,
  documentIdSizeBytesMax,
  parseDocumentId,
} from "@holdfast/doc";
import { HoldfastError, Reader, unreachable, Writer } from "@holdfast/std";
import { storeIdentitySizeBytes } from "@holdfast/sync";
import type { ServerKnowledge } from "./persistence.ts";

/** What a client writes down. */
export type LogRecord =
  /** From here on this agent writes. */
  | { readonly type: "agent"; readonly agent: AgentId }
  /** A piece of a document. */
  | { readonly type: "bundle"; readonly document: DocumentId; readonly bundle: Uint8Array }
  /** What the server is known to have; replaces what stood before. */
  | {
      readonly type: "knowledge";
      readonly document: DocumentId;
      readonly knowledge: ServerKnowledge;
    };

const codes = { agent: 1, bundle: 2, knowledge: 3 } as const;

/** Writes a record. Vectors of too many agents are cut. */
export function encodeLogRecord(record: LogRecord): Uint8Array {
  const writer = new Writer(64).u8(codes[record.type]);
  switch (record.type) {
    case "agent":
      writer.raw(agentToBytes(record.agent));
      break;
    case "bundle":
      writer.text(record.document).blob(record.bundle);
      break;
    case "knowledge": {
      const { store, sent, saved } = record.knowledge;
      writer.text(record.document).raw(store.identity).uint(store.epoch);
      cut(sent).write(writer);
      cut(saved).write(writer);
      break;
    }
    default:
      unreachable(record);
  }
  return writer.finish();
}

/**
 * Reads a record. A bundle is a view of `bytes`; nothing else is.
 *
 * @throws {HoldfastError} `truncated`, `too_large`, `corrupt` with what was wrong.
 */
export function decodeLogRecord(bytes: Uint8Array): LogRecord {
  const reader = new Reader(bytes);
  const record = readRecord(reader);
  reader.end("log record");
  return record;
}

// To say less than is true costs sending twice; what can't be read back costs all.
function cut(vector: VersionVector): VersionVector {
  if (vector.size <= vectorAgentsMax) return vector;
  return new VersionVector(vector.entries().slice(0, vectorAgentsMax));
}

function readRecord(reader: Reader): LogRecord {
  const code = reader.u8("log record type");
  switch (code) {
    case codes.agent:
      return { type: "agent", agent: agentFromBytes(reader.raw(agentSizeBytes, "agent")) };
    case codes.bundle:
      return {
        type: "bundle",
        document: readDocumentId(reader),
        bundle: reader.blob("bundle", bundleSizeBytesMax),
      };
    case codes.knowledge: {
      const document = readDocumentId(reader);
      const identity = reader.raw(storeIdentitySizeBytes, "store identity").slice();
      const store = { identity, epoch: reader.uint("epoch") };
      const sent = VersionVector.read(reader);
      return {
        type: "knowledge",
        document,
        knowledge: { store, sent, saved: VersionVector.read(reader) },
      };
    }
    default:
      throw new HoldfastError("corrupt", `log record of unknown type ${code}`);
  }
}

function readDocumentId(reader: Reader): DocumentId {
  const text = reader.text("document", documentIdSizeBytesMax);
  if (text.length === 0) throw new HoldfastError("corrupt", "log record names no document");
  return parseDocumentId(text);
}
