// Bundles: pieces of one document's history, as they travel and rest.
//
// A bundle has an envelope that anybody can read (which events, with which hash,
// upon which others) and payloads that only a Doc reads. So a server can keep,
// join and forward bundles of documents whose content it can't or needn't read.
//
// A bundle is a list of sections. A section is a set of events with one payload,
// made in one go; joining bundles puts their sections behind one another.
//
// Invariants:
//   B1  A run's hash is that of its canonical content (see canonical.ts), whoever encoded it.
//   B2  A section's dependencies lie outside of it. That an event has its agent's
//       previous one among its ancestors goes without saying, and is not listed.
//   B3  Sections stand in causal order: a dependency on an event of the bundle is
//       one on an earlier section.
//
// Layout (version 1; integers and blobs as in @holdfast/std's codec):
//   "HFB" u8 version
//   text  document            1 to 200 bytes
//   uint  agents              then 16 bytes each, in order of first use
//   uint  sections            at least 1, then for each:
//     u8    kind              0 plain, 1 sealed
//     uint  runs              at least 1, then for each:
//       uint agent index, uint from, uint length (at least 1), 16 bytes hash
//     uint  dependencies      then for each: uint agent index, uint seq
//     blob  payload
//   u32   CRC-32C of everything before it

import {
  type AgentId,
  agentFromBytes,
  agentSizeBytes,
  agentToBytes,
  type EventId,
  type EventRun,
  eventsMax,
  vectorAgentsMax,
} from "@holdfast/causality";
import { crc32c, HoldfastError, isWellFormed, Reader, utf8SizeBytes, Writer } from "@holdfast/std";

/** Name of a document: 1 to 200 bytes of UTF-8. */
export type DocumentId = string & { readonly __brand: "DocumentId" };

/** Most bytes of a {@link DocumentId}. */
export const documentIdSizeBytesMax = 200;

/** Most bytes of an encoded bundle; `Doc.bundles` cuts history into pieces below it. */
export const bundleSizeBytesMax = 65_536;

/** Bytes of a run's hash: SHA-256, cut to its first half. */
export const runHashSizeBytes = 16;

/** A run of one agent's events, and the hash of their canonical content. */
export interface HashedRun extends EventRun {
  readonly hash: Uint8Array;
}

/** Events with one payload. */
export interface BundleSection {
  /** `plain`: the payload is as payload.ts writes it. `sealed`: only key holders can read it. */
  readonly kind: "plain" | "sealed";
  /** Which events, at least one run; at most one run for each agent. */
  readonly runs: readonly HashedRun[];
  /** Parents of these events outside of the section, less what B2 leaves out. */
  readonly dependencies: readonly EventId[];
  readonly payload: Uint8Array;
}

/** A piece of one document's history. */
export interface Bundle {
  readonly document: DocumentId;
  /** At least one, in causal order. */
  readonly sections: readonly BundleSection[];
}

const magic = [0x48, 0x46, 0x42] as const;
const version = 1;
const kinds = ["plain", "sealed"] as const;

/**
 * Checks and brands a document's name.
 *
 * @throws {HoldfastError} `invalid_argument` where it is empty, over 200 bytes,
 *   or holds half a surrogate pair.
 */
export function parseDocumentId(text: string): DocumentId {
  const sizeBytes = utf8SizeBytes(text);
  if (sizeBytes < 1 || sizeBytes > documentIdSizeBytesMax || !isWellFormed(text)) {
    throw new HoldfastError(
      "invalid_argument",
      `a document id is 1 to ${documentIdSizeBytesMax} bytes of UTF-8: ${text.slice(0, 40)}`,
    );
  }
  return text as DocumentId;
}

/** Writes a bundle. The caller has seen to B1, B2 and B3. */
export function encodeBundle(bundle: Bundle): Uint8Array {
  const indexes = new Map<AgentId, number>();
  for (const { runs, dependencies } of bundle.sections) {
    for (const { agent } of runs) if (!indexes.has(agent)) indexes.set(agent, indexes.size);
    for (const { agent } of dependencies) if (!indexes.has(agent)) indexes.set(agent, indexes.size);
  }
  const writer = new Writer(64);
  for (const byte of magic) writer.u8(byte);
  writer.u8(version).text(bundle.document).uint(indexes.size);
  for (const agent of indexes.keys()) writer.raw(agentToBytes(agent));
  writer.uint(bundle.sections.length);
  for (const section of bundle.sections) {
    writer.u8(kinds.indexOf(section.kind)).uint(section.runs.length);
    for (const { agent, from, to, hash } of section.runs) {
      writer
        .uint(indexes.get(agent)!)
        .uint(from)
        .uint(to - from)
        .raw(hash);
    }
    writer.uint(section.dependencies.length);
    for (const { agent, seq } of section.dependencies) writer.uint(indexes.get(agent)!).uint(seq);
    writer.blob(section.payload);
  }
  return writer.finishWithChecksum();
}

/**
 * Reads a bundle's envelope; payloads stay as they are, views of `bytes`.
 * O(bytes). Allocates a small multiple of the envelope.
 *
 * @param sizeBytesMax - Refuses more; {@link bundleSizeBytesMax} for what a stranger sends.
 * @throws {HoldfastError} `too_large`, `truncated`, `unsupported_version`, or
 *   `corrupt` with what was wrong.
 */
export function decodeBundle(bytes: Uint8Array, sizeBytesMax = bundleSizeBytesMax): Bundle {
  if (bytes.length > sizeBytesMax) {
    throw new HoldfastError(
      "too_large",
      `bundle of ${bytes.length} bytes, at most ${sizeBytesMax}`,
    );
  }
  const end = Math.max(0, bytes.length - 4);
  const reader = new Reader(bytes, end);
  const [first, second, third] = magic;
  const name = "bundle magic";
  if (reader.u8(name) !== first || reader.u8(name) !== second || reader.u8(name) !== third) {
    throw corrupt("bytes are not a bundle");
  }
  const found = reader.u8("bundle version");
  if (found !== version) {
    throw new HoldfastError(
      "unsupported_version",
      `bundle version ${found}, this reads ${version}`,
    );
  }
  if (crc32c(bytes, 0, end) !== u32At(bytes, end)) {
    throw corrupt("bundle checksum does not match");
  }
  const document = parseDocumentName(reader.text("bundle document", documentIdSizeBytesMax));
  const agents = readAgents(reader);
  const count = reader.count("bundle sections", bundleSizeBytesMax, 22);
  if (count === 0) throw corrupt("bundle has no section");
  const sections: BundleSection[] = [];
  for (let index = 0; index < count; index += 1) sections.push(readSection(reader, agents));
  reader.end("bundle");
  return { document, sections };
}

/** One bundle with the sections of all, in the given order, which must be causal. Decodes no payload. */
export function joinBundles(bundles: readonly Bundle[]): Bundle {
  const first = bundles[0];
  if (first === undefined) throw new HoldfastError("invalid_argument", "no bundles to join");
  const stranger = bundles.find((bundle) => bundle.document !== first.document);
  if (stranger !== undefined) {
    throw new HoldfastError("wrong_document", `${stranger.document} joined to ${first.document}`);
  }
  return { document: first.document, sections: bundles.flatMap((bundle) => bundle.sections) };
}

function u32At(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  );
}

function readAgents(reader: Reader): readonly AgentId[] {
  const count = reader.count("bundle agents", vectorAgentsMax, agentSizeBytes);
  const agents: AgentId[] = [];
  for (let index = 0; index < count; index += 1) {
    agents.push(agentFromBytes(reader.raw(agentSizeBytes, "bundle agent")));
  }
  if (count > 1 && new Set(agents).size !== count) throw corrupt("bundle names an agent twice");
  return agents;
}

function readSection(reader: Reader, agents: readonly AgentId[]): BundleSection {
  const kind = kinds[reader.u8("section kind")];
  if (kind === undefined) throw corrupt("section kind is unknown");
  const runs: HashedRun[] = [];
  const seen = new Set<AgentId>();
  const runCount = reader.count("section runs", vectorAgentsMax, 3 + runHashSizeBytes);
  if (runCount === 0) throw corrupt("section has no run");
  for (let index = 0; index < runCount; index += 1) {
    const agent = readAgent(reader, agents);
    if (seen.has(agent)) throw corrupt("section has two runs of one agent");
    seen.add(agent);
    const from = reader.uint("run start", eventsMax - 1);
    const length = reader.uint("run length", eventsMax - from);
    if (length === 0) throw corrupt("run is empty");
    const hash = reader.raw(runHashSizeBytes, "run hash");
    runs.push({ agent, from, to: from + length, hash });
  }
  const dependencies: EventId[] = [];
  const dependencyCount = reader.count("section dependencies", bundleSizeBytesMax, 2);
  for (let index = 0; index < dependencyCount; index += 1) {
    const agent = readAgent(reader, agents);
    dependencies.push({ agent, seq: reader.uint("dependency", eventsMax - 1) });
  }
  return { kind, runs, dependencies, payload: reader.blob("section payload", reader.remaining) };
}

function readAgent(reader: Reader, agents: readonly AgentId[]): AgentId {
  const agent = agents[reader.uint("agent index")];
  if (agent === undefined) throw corrupt("agent index is out of range");
  return agent;
}

function parseDocumentName(text: string): DocumentId {
  if (text.length === 0) throw corrupt("bundle names no document");
  return text as DocumentId;
}

function corrupt(sentence: string): HoldfastError {
  return new HoldfastError("corrupt", sentence);
}
