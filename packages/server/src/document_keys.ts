// Where documents lie in the store: the keys, and the small values behind them.
//
//   ("doc", id, "head")             last arrival, number of events: the only watched key
//   ("doc", id, "log", arrival)     a chunk: an encoded bundle of at most 64 KiB
//   ("doc", id, "have", agent, to)  events up to `to` of `agent`: since which, and in which chunk
//   ("doc", id, "tidy")             up to which arrival chunks were compacted
//   ("meta", "format" | "identity" | "epoch")
//
// Invariants
//   K1  The have-entries of an agent tile its events: the first begins at 0, each
//       begins where the one before ends. So a document's vector is the last `to`
//       of each agent.
//   K2  The chunk that an entry leads to holds all of the entry's events.
//   K3  Along an agent's entries, arrivals never fall.
//   K4  Every append raises the head's arrival; no key of the log is above it.
//
// An event's hash is not repeated in the have-entry: it stands in the envelope of
// the chunk, which is read only when something known is sent again.
// The bytes are described in docs/formats/keys.md.

import {
  type AgentId,
  agentFromBytes,
  agentSizeBytes,
  agentToBytes,
  type EventRun,
  eventsMax,
} from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import {
  HoldfastError,
  type KeyPart,
  keyRange,
  packKey,
  Reader,
  unpackKey,
  Writer,
} from "@holdfast/std";
import type { KeyRange } from "@holdfast/store";
import type { Arrival } from "@holdfast/sync";

/** The value behind a document's head. */
export interface Head {
  /** The last arrival that was given out. */
  readonly arrival: Arrival;
  /** How many events are held, of all agents together. */
  readonly events: number;
}

/** A stretch of one agent's events, and the chunk that holds it. */
export interface HaveEntry {
  readonly agent: AgentId;
  readonly from: number;
  readonly to: number;
  readonly arrival: Arrival;
}

/** Version of the key layout, kept under {@link formatKey}. */
export const keyFormat = 0;

/** The head of a document that nobody has written to. */
export const emptyHead: Head = { arrival: 0 as Arrival, events: 0 };

const valueVersion = 0;

/** Version of the layout. */
export const formatKey = packKey(["meta", "format"]);
/** 16 random bytes that name the store. */
export const identityKey = packKey(["meta", "identity"]);
/** How often the store was restored. */
export const epochKey = packKey(["meta", "epoch"]);

/** All keys of all documents. */
export const documentsRange: KeyRange = keyRange(["doc"]);

export function headKey(document: DocumentId): Uint8Array {
  return packKey(["doc", document, "head"]);
}

export function tidyKey(document: DocumentId): Uint8Array {
  return packKey(["doc", document, "tidy"]);
}

export function logKey(document: DocumentId, arrival: Arrival): Uint8Array {
  return packKey(["doc", document, "log", arrival]);
}

/** Chunks with arrivals `from` up to and including `last`. */
export function logRange(document: DocumentId, from: number, last: number): KeyRange {
  return {
    start: packKey(["doc", document, "log", from]),
    end: packKey(["doc", document, "log", last + 1]),
  };
}

/**
 * The arrival in a key of the log.
 *
 * @throws {HoldfastError} `corrupt`, `truncated`, `too_large`.
 */
export function arrivalOfLogKey(key: Uint8Array): Arrival {
  const parts = unpackKey(key);
  const arrival = parts[3];
  if (parts.length !== 4 || typeof arrival !== "number" || arrival < 1) {
    throw corrupt("log key holds no arrival");
  }
  return arrival as Arrival;
}

export function haveKey(document: DocumentId, agent: AgentId, to: number): Uint8Array {
  return packKey(["doc", document, "have", agentToBytes(agent), to]);
}

/** All have-entries of a document, in order of agents and then of events. */
export function haveRange(document: DocumentId): KeyRange {
  return keyRange(["doc", document, "have"]);
}

/** Have-entries of all agents before `agent`. */
export function haveRangeBefore(document: DocumentId, agent: AgentId): KeyRange {
  const prefix: KeyPart[] = ["doc", document, "have"];
  return { start: keyRange(prefix).start, end: packKey([...prefix, agentToBytes(agent)]) };
}

/** Have-entries that hold an event of `agent` from `seq` on. */
export function haveRangeFrom(document: DocumentId, agent: AgentId, seq: number): KeyRange {
  const prefix: KeyPart[] = ["doc", document, "have", agentToBytes(agent)];
  return { start: packKey([...prefix, seq + 1]), end: keyRange(prefix).end };
}

/** Have-entries that begin and end within `run`. */
export function haveRangeWithin(document: DocumentId, run: EventRun): KeyRange {
  const prefix: KeyPart[] = ["doc", document, "have", agentToBytes(run.agent)];
  return { start: packKey([...prefix, run.from + 1]), end: packKey([...prefix, run.to + 1]) };
}

export function encodeHead(head: Head): Uint8Array {
  return new Writer(16).u8(valueVersion).uint(head.arrival).uint(head.events).finish();
}

/** @throws {HoldfastError} `corrupt`, `truncated`, `unsupported_version`. */
export function decodeHead(value: Uint8Array): Head {
  const reader = new Reader(value);
  readVersion(reader, "head");
  const arrival = reader.uint("head arrival") as Arrival;
  const events = reader.uint("head events");
  reader.end("head");
  return { arrival, events };
}

export function encodeHave(entry: HaveEntry): Uint8Array {
  return new Writer(16).u8(valueVersion).uint(entry.arrival).uint(entry.from).finish();
}

/** @throws {HoldfastError} `corrupt`, `truncated`, `too_large`, `unsupported_version`. */
export function decodeHave(key: Uint8Array, value: Uint8Array): HaveEntry {
  const parts = unpackKey(key);
  const [, , , agent, to] = parts;
  const isAgent = agent instanceof Uint8Array && agent.length === agentSizeBytes;
  if (parts.length !== 5 || !isAgent || typeof to !== "number") {
    throw corrupt("have-entry's key names no agent and event");
  }
  const reader = new Reader(value);
  readVersion(reader, "have-entry");
  const arrival = reader.uint("have-entry arrival") as Arrival;
  const from = reader.uint("have-entry start", eventsMax - 1);
  reader.end("have-entry");
  if (to <= from || to > eventsMax) throw corrupt(`have-entry ends at ${to}, begins at ${from}`);
  return { agent: agentFromBytes(agent), from, to, arrival };
}

export function encodeTidy(arrival: Arrival): Uint8Array {
  return new Writer(8).u8(valueVersion).uint(arrival).finish();
}

/** @throws {HoldfastError} `corrupt`, `truncated`, `unsupported_version`. */
export function decodeTidy(value: Uint8Array): Arrival {
  const reader = new Reader(value);
  readVersion(reader, "tidy mark");
  const arrival = reader.uint("tidy arrival") as Arrival;
  reader.end("tidy mark");
  return arrival;
}

function readVersion(reader: Reader, what: string): void {
  const version = reader.u8(`${what} version`);
  if (version !== valueVersion) {
    throw new HoldfastError(
      "unsupported_version",
      `${what} has version ${version}, this reads ${valueVersion}`,
    );
  }
}

function corrupt(sentence: string): HoldfastError {
  return new HoldfastError("corrupt", sentence);
}
