// What siblings say to each other, and its bytes; see docs/formats/siblings.md.
//
// An old and a new release may have one copy open at once. So each message begins with
// a version, and whatever can't be read is for its reader to ignore: none of it is needed
// for anything to be kept, and none of it carries a part of a document.

import {
  type AgentId,
  agentFromBytes,
  agentSizeBytes,
  agentToBytes,
  VersionVector,
} from "@holdfast/causality";
import { type DocumentId, documentIdSizeBytesMax, parseDocumentId } from "@holdfast/doc";
import { encodeUtf8, HoldfastError, isErrorCode, Reader, unreachable, Writer } from "@holdfast/std";
import {
  presenceSizeBytesMax,
  type SessionId,
  type StoreName,
  sentenceSizeBytesMax,
  storeIdentitySizeBytes,
} from "@holdfast/sync";
import type { ToldStanding } from "../replica/standing.ts";

/** The version that this release speaks, and the only one that it reads. */
export const siblingsVersion = 0;
/** Most bytes of a message. */
export const siblingMessageSizeBytesMax = 1_048_576;
/** Most writers in a vector of a message; the others are left out. */
export const siblingWritersMax = 16_384;
/** Longest wait that can be told. */
export const retryInMsMax = 3_600_000;

const codeSizeBytesMax = 40;
const magic = [0x48, 0x46, 0x42] as const;

/** What is said. */
export type SiblingWord =
  /** Who is there, and what have you open? */
  | { readonly type: "question" }
  /**
   * The sender has the document open, and shows `state` in it, null for nothing.
   * `asks`: whoever knows something of it may say so.
   */
  | {
      readonly type: "open";
      readonly document: DocumentId;
      readonly state: Uint8Array | null;
      readonly asks: boolean;
    }
  /** The sender has it open no more. */
  | { readonly type: "closed"; readonly document: DocumentId }
  /** The sender leaves. */
  | { readonly type: "gone" }
  /** The copy has more of the document. */
  | { readonly type: "appended"; readonly document: DocumentId }
  /** From who leads: how the document stands with the server. */
  | ({ readonly type: "standing"; readonly document: DocumentId } & ToldStanding)
  /** From who leads: the server refused something of the document. */
  | {
      readonly type: "refused";
      readonly document: DocumentId;
      readonly error: HoldfastError;
      readonly effect: (typeof effects)[number];
    }
  /** From who leads: what another peer shows in the document, as the server says. */
  | {
      readonly type: "peer";
      readonly document: DocumentId;
      readonly peer: SessionId;
      readonly state: Uint8Array | null;
    }
  /** From who leads: what the connection does. */
  | {
      readonly type: "connection";
      readonly state: (typeof connectionStates)[number];
      readonly reason: HoldfastError | null;
      /** In how many milliseconds it tries again; null where it does not wait. */
      readonly retryInMs: number | null;
    }
  /** To who leads: connect at once. */
  | { readonly type: "reconnect" }
  /** To who leads: say `connection`, so that we know that you are awake. */
  | { readonly type: "call" };

/** Something said, and who said it. */
export interface SiblingMessage {
  readonly sender: AgentId;
  readonly word: SiblingWord;
}

// Each word's byte is its place in this list, from 1; those of the others from 0.
const types = [
  "question",
  "open",
  "closed",
  "gone",
  "appended",
  "standing",
  "refused",
  "peer",
  "connection",
  "reconnect",
  "call",
] as const satisfies readonly SiblingWord["type"][];
const effects = ["retrying", "upload_ended", "closed", "skipped"] as const;
const connectionStates = ["offline", "connecting", "online", "refused"] as const;

/** Writes a message. Vectors and sentences that don't fit are cut. */
export function encodeSiblingMessage({ sender, word }: SiblingMessage): Uint8Array {
  const writer = new Writer(64);
  for (const byte of magic) writer.u8(byte);
  writer.u8(siblingsVersion).raw(agentToBytes(sender));
  writer.u8(types.indexOf(word.type) + 1);
  writeWord(writer, word);
  return writer.finish();
}

/**
 * Reads a message. A state is a copy.
 *
 * @throws {HoldfastError} `unsupported_version`, `truncated`, `too_large`, `corrupt`.
 */
export function decodeSiblingMessage(bytes: Uint8Array): SiblingMessage {
  if (bytes.length > siblingMessageSizeBytesMax) {
    throw new HoldfastError("too_large", `a message of ${bytes.length} bytes`);
  }
  const reader = new Reader(bytes);
  for (const byte of magic) {
    if (reader.u8("magic") !== byte) throw new HoldfastError("corrupt", "no message of a sibling");
  }
  const version = reader.u8("version");
  if (version !== siblingsVersion) {
    throw new HoldfastError("unsupported_version", `a sibling speaks version ${version}`);
  }
  const sender = agentFromBytes(reader.raw(agentSizeBytes, "sender"));
  const word = readWord(reader);
  reader.end("message");
  return { sender, word };
}

function writeWord(writer: Writer, word: SiblingWord): void {
  switch (word.type) {
    case "question":
    case "gone":
    case "reconnect":
    case "call":
      break;
    case "closed":
    case "appended":
      writer.text(word.document);
      break;
    case "open":
      writer.text(word.document).u8(word.asks ? 1 : 0);
      writeState(writer, word.state);
      break;
    case "standing":
      writer.text(word.document);
      writeStanding(writer, word);
      break;
    case "refused":
      writer.text(word.document).u8(effects.indexOf(word.effect));
      writeError(writer, word.error);
      break;
    case "peer":
      writer.text(word.document).uint(word.peer);
      writeState(writer, word.state);
      break;
    case "connection":
      writer.u8(connectionStates.indexOf(word.state));
      writer.u8(word.reason === null ? 0 : 1);
      if (word.reason !== null) writeError(writer, word.reason);
      writer.u8(word.retryInMs === null ? 0 : 1);
      if (word.retryInMs !== null) {
        writer.uint(Math.min(retryInMsMax, Math.max(0, Math.ceil(word.retryInMs))));
      }
      break;
    default:
      unreachable(word);
  }
}

function readWord(reader: Reader): SiblingWord {
  const type = oneOf(types, reader.u8("message type") - 1, "message type");
  switch (type) {
    case "question":
    case "gone":
    case "reconnect":
    case "call":
      return { type };
    case "closed":
    case "appended":
      return { type, document: readDocument(reader) };
    case "open": {
      const document = readDocument(reader);
      const asks = readFlag(reader, "asks");
      return { type, document, asks, state: readState(reader) };
    }
    case "standing":
      return { type, document: readDocument(reader), ...readStanding(reader) };
    case "refused": {
      const document = readDocument(reader);
      const effect = oneOf(effects, reader.u8("effect"), "effect");
      return { type, document, effect, error: readError(reader) };
    }
    case "peer": {
      const document = readDocument(reader);
      const peer = reader.uint("peer") as SessionId;
      return { type, document, peer, state: readState(reader) };
    }
    case "connection": {
      const state = oneOf(connectionStates, reader.u8("connection"), "connection");
      const reason = readFlag(reader, "reason") ? readError(reader) : null;
      const waits = readFlag(reader, "retry");
      return { type, state, reason, retryInMs: waits ? reader.uint("retry", retryInMsMax) : null };
    }
    default:
      return unreachable(type);
  }
}

function writeStanding(writer: Writer, { store, sent, saved, problem }: ToldStanding): void {
  writer.u8(store === null ? 0 : 1);
  if (store !== null) writer.raw(store.identity).uint(store.epoch);
  cut(sent).write(writer);
  cut(saved).write(writer);
  writer.u8(problem === null ? 0 : problem.isFinal ? 2 : 1);
  if (problem !== null) writeError(writer, problem.error);
}

function readStanding(reader: Reader): ToldStanding {
  let store: StoreName | null = null;
  if (readFlag(reader, "store")) {
    const identity = reader.raw(storeIdentitySizeBytes, "store identity").slice();
    store = { identity, epoch: reader.uint("epoch") };
  }
  const sent = VersionVector.read(reader);
  const saved = VersionVector.read(reader);
  const kind = reader.u8("problem");
  if (kind > 2) throw new HoldfastError("corrupt", `problem is ${kind}`);
  const problem = kind === 0 ? null : { error: readError(reader), isFinal: kind === 2 };
  return { store, sent, saved, problem };
}

function writeError(writer: Writer, { code, message }: HoldfastError): void {
  writer.text(code).blob(cutText(message));
}

function readError(reader: Reader): HoldfastError {
  const code = reader.text("code", codeSizeBytesMax);
  const sentence = reader.text("sentence", sentenceSizeBytesMax);
  if (!isErrorCode(code)) throw new HoldfastError("corrupt", "a code that is not known");
  return new HoldfastError(code, sentence);
}

function writeState(writer: Writer, state: Uint8Array | null): void {
  writer.u8(state === null ? 0 : 1);
  if (state !== null) writer.blob(state);
}

function readState(reader: Reader): Uint8Array | null {
  return readFlag(reader, "state") ? reader.blob("state", presenceSizeBytesMax).slice() : null;
}

function readFlag(reader: Reader, field: string): boolean {
  const value = reader.u8(field);
  if (value > 1) throw new HoldfastError("corrupt", `${field} is ${value}`);
  return value === 1;
}

function readDocument(reader: Reader): DocumentId {
  const text = reader.text("document", documentIdSizeBytesMax);
  try {
    return parseDocumentId(text);
  } catch (cause) {
    throw new HoldfastError("corrupt", "names no document", { cause });
  }
}

function oneOf<T>(list: readonly T[], index: number, field: string): T {
  const value = list[index];
  if (value === undefined) throw new HoldfastError("corrupt", `${field} is unknown`);
  return value;
}

function cut(vector: VersionVector): VersionVector {
  if (vector.size <= siblingWritersMax) return vector;
  return new VersionVector(vector.entries().slice(0, siblingWritersMax));
}

// At the end of a code point.
function cutText(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  if (bytes.length <= sentenceSizeBytesMax) return bytes;
  let end = sentenceSizeBytesMax;
  while ((bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
