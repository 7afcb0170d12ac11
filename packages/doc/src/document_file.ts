// Document files: a whole document in one piece.
//
// Layout (version 0; integers, text and blob as in @holdfast/std's codec):
//   "HFD" u8 version
//   text  document     1 to 200 bytes
//   uint  agents       then 16 bytes each
//   blob  payload      as in payload.ts; the first event of each agent is its event 0
//   u32   CRC-32C of everything before it

import {
  type AgentId,
  agentFromBytes,
  agentSizeBytes,
  agentToBytes,
  vectorAgentsMax,
} from "@holdfast/causality";
import { crc32c, HoldfastError, Reader, Writer } from "@holdfast/std";
import { type DocumentId, documentIdSizeBytesMax, parseDocumentId } from "./bundle.ts";
import type { History } from "./history.ts";
import { documentSizeBytesMax } from "./limits.ts";
import type { Stretch } from "./operation.ts";
import { decodePayload, encodePayload } from "./payload.ts";

const magic = [0x48, 0x46, 0x44] as const;
const version = 0;

/**
 * Writes all of a history. O(history).
 *
 * @throws {HoldfastError} `too_large` over {@link documentSizeBytesMax}.
 */
export function encodeDocument(document: DocumentId, history: History): Uint8Array {
  const agents = new Map<AgentId, number>();
  for (const [agent] of history.graph.vector().entries()) agents.set(agent, agents.size);
  const payload = encodePayload(history.stretches([{ start: 0, end: history.size }]), agents);
  const writer = new Writer(payload.length + 64);
  for (const byte of magic) writer.u8(byte);
  writer.u8(version).text(document).uint(agents.size);
  for (const agent of agents.keys()) writer.raw(agentToBytes(agent));
  const bytes = writer.blob(payload).finishWithChecksum();
  if (bytes.length > documentSizeBytesMax) {
    throw new HoldfastError("too_large", `document over ${documentSizeBytesMax} bytes`);
  }
  return bytes;
}

/** A document file, opened. */
export interface DocumentFile {
  readonly document: DocumentId;
  /** All events, in causal order. Throws on the way as {@link decodePayload}. */
  readonly stretches: Iterable<Stretch>;
}

/**
 * Opens what {@link encodeDocument} wrote.
 *
 * @throws {HoldfastError} `truncated`, `corrupt`, `too_large`, `unsupported_version`.
 */
export function openDocument(bytes: Uint8Array): DocumentFile {
  if (bytes.length > documentSizeBytesMax) {
    throw new HoldfastError("too_large", `document of ${bytes.length} bytes`);
  }
  const body = bytes.subarray(0, Math.max(0, bytes.length - 4));
  const reader = new Reader(body);
  for (const byte of magic) {
    if (reader.u8("document magic") !== byte) throw corrupt("bytes are not a document");
  }
  const found = reader.u8("document version");
  if (found !== version) {
    throw new HoldfastError(
      "unsupported_version",
      `document version ${found}, this reads ${version}`,
    );
  }
  const checksum = new Reader(bytes.subarray(body.length)).u32("document checksum");
  if (crc32c(body) !== checksum) throw corrupt("document checksum does not match");
  const document = reader.text("document name", documentIdSizeBytesMax);
  if (document === "") throw corrupt("document has no name");
  const agents = readAgents(reader);
  const payload = reader.blob("document payload", reader.remaining);
  reader.end("document");
  const firsts = agents.map(() => 0);
  return {
    document: parseDocumentId(document),
    stretches: decodePayload(payload, agents, firsts),
  };
}

function readAgents(reader: Reader): readonly AgentId[] {
  const count = reader.count("document agents", vectorAgentsMax, agentSizeBytes);
  const agents: AgentId[] = [];
  for (let index = 0; index < count; index += 1) {
    agents.push(agentFromBytes(reader.raw(agentSizeBytes, "document agent")));
  }
  if (new Set(agents).size !== agents.length) throw corrupt("document names an agent twice");
  return agents;
}

function corrupt(sentence: string): HoldfastError {
  return new HoldfastError("corrupt", sentence);
}
