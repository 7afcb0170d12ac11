// Frames: what one side of a sync session says to the other, and its bytes.
//
// One message of the transport is one frame. The initiator (a client) picks
// channel numbers, each used once in a session, and speaks about one document
// over each. Bundles that the initiator sends on a channel are counted from 1;
// `saved` and `refused` answer by that count, its ordinal.
//
// A vector may say less than is true: its receiver then sends, or is sent,
// something twice. So a vector that doesn't fit into a frame is simply cut.
//
// Layout: docs/formats/sync.md. Integers, blobs and texts as in @holdfast/std's codec.

import { VersionVector } from "@holdfast/causality";
import {
  bundleSizeBytesMax,
  type DocumentId,
  documentIdSizeBytesMax,
  parseDocumentId,
} from "@holdfast/doc";
import {
  type ErrorCode,
  encodeUtf8,
  HoldfastError,
  isErrorCode,
  Reader,
  unreachable,
  Writer,
} from "@holdfast/std";
import { messageSizeBytesMax } from "@holdfast/world";

/** Most bytes of a frame. */
export const frameSizeBytesMax = messageSizeBytesMax;
/** The protocol version that this release speaks, and the only one. */
export const protocolVersion = 0;
/** Most bytes of a credential. */
export const credentialSizeBytesMax = 8_192;
/** Most bytes of a software name. */
export const softwareSizeBytesMax = 200;
/** Most bytes of one peer's presence in one document. */
export const presenceSizeBytesMax = 4_096;
/** Bytes of a store's identity. */
export const storeIdentitySizeBytes = 16;
/** Most bytes of a sentence in `refused` and `bye`; what is longer is cut. */
export const sentenceSizeBytesMax = 500;

const codeSizeBytesMax = 40;
// No bundle is smaller; so that a count of bundles can't ask for much memory.
const bundleSizeBytesMin = 48;
// What an agent takes in a vector at most: 16 bytes, and a count below 2^31.
const vectorEntrySizeBytesMax = 21;
// What a frame holds at most besides its vector.
const frameOverheadSizeBytesMax = 2_048;

/** Names one document in one session. Chosen by the initiator, never used again. */
export type ChannelId = number & { readonly __brand: "ChannelId" };
/** Names one connected peer, unique while its server runs. 0 stands for the sender itself. */
export type SessionId = number & { readonly __brand: "SessionId" };

/** Which store a server keeps its documents in. Another epoch, as after a restore, may hold less. */
export interface StoreName {
  /** 16 random bytes. */
  readonly identity: Uint8Array;
  /** From 0. */
  readonly epoch: number;
}

/** Everything that may be said. */
export type Frame =
  /** First from the initiator. The protocol versions that it speaks, and who it claims to be. */
  | {
      readonly type: "hello";
      readonly protocolMin: number;
      readonly protocolMax: number;
      readonly credential: Uint8Array;
      readonly software: string;
    }
  /** First from the responder: the version that both will speak. */
  | {
      readonly type: "welcome";
      readonly protocol: number;
      readonly store: StoreName;
      readonly session: SessionId;
    }
  /** The initiator holds `vector` of `document`, and wants what it lacks, now and later. */
  | {
      readonly type: "open";
      readonly channel: ChannelId;
      readonly document: DocumentId;
      readonly vector: VersionVector;
    }
  /** The responder holds `vector` durably. */
  | { readonly type: "opened"; readonly channel: ChannelId; readonly vector: VersionVector }
  /** The initiator needs the channel no more. */
  | { readonly type: "close"; readonly channel: ChannelId }
  /** At least one bundle, in causal order. */
  | {
      readonly type: "bundles";
      readonly channel: ChannelId;
      readonly bundles: readonly Uint8Array[];
    }
  /** All bundles up to `through` are answered; what they added to `vector` is durable. */
  | {
      readonly type: "saved";
      readonly channel: ChannelId;
      readonly through: number;
      readonly vector: VersionVector;
    }
  /** Nothing of one bundle was kept, or nothing more is taken or sent on the channel (`ordinal` 0). */
  | {
      readonly type: "refused";
      readonly channel: ChannelId;
      readonly ordinal: number;
      readonly code: ErrorCode;
      readonly sentence: string;
      /** What the responder holds, where that helps. */
      readonly vector: VersionVector | null;
    }
  /** A peer's presence in the channel's document; null when it is gone. Sent with peer 0 by an initiator. */
  | {
      readonly type: "presence";
      readonly channel: ChannelId;
      readonly peer: SessionId;
      readonly state: Uint8Array | null;
    }
  | { readonly type: "ping"; readonly nonce: number }
  | { readonly type: "pong"; readonly nonce: number }
  /** The last frame: why the sender closes the connection. */
  | { readonly type: "bye"; readonly code: ErrorCode; readonly sentence: string };

/** Each frame's first byte is its place in this list, from 1. */
export const frameTypes = [
  "hello",
  "welcome",
  "open",
  "opened",
  "close",
  "bundles",
  "saved",
  "refused",
  "presence",
  "ping",
  "pong",
  "bye",
] as const satisfies readonly Frame["type"][];

const magic = [0x48, 0x46, 0x53] as const;

/** Writes a frame. Cuts vectors and sentences that don't fit; O(size). */
export function encodeFrame(frame: Frame): Uint8Array {
  const writer = new Writer(frame.type === "bundles" ? bundlesSizeBytes(frame.bundles) : 64);
  writer.u8(frameTypes.indexOf(frame.type) + 1);
  switch (frame.type) {
    case "hello":
      for (const byte of magic) writer.u8(byte);
      writer.uint(frame.protocolMin).uint(frame.protocolMax);
      writer.blob(frame.credential).text(frame.software);
      break;
    case "welcome":
      writer.uint(frame.protocol).raw(frame.store.identity);
      writer.uint(frame.store.epoch).uint(frame.session);
      break;
    case "open":
      writer.uint(frame.channel).text(frame.document);
      cutVector(frame.vector).write(writer);
      break;
    case "opened":
      writer.uint(frame.channel);
      cutVector(frame.vector).write(writer);
      break;
    case "close":
      writer.uint(frame.channel);
      break;
    case "bundles":
      writer.uint(frame.channel).uint(frame.bundles.length);
      for (const bundle of frame.bundles) writer.blob(bundle);
      break;
    case "saved":
      writer.uint(frame.channel).uint(frame.through);
      cutVector(frame.vector).write(writer);
      break;
    case "refused":
      writer.uint(frame.channel).uint(frame.ordinal);
      writer.text(frame.code).text(cutSentence(frame.sentence));
      writer.u8(frame.vector === null ? 0 : 1);
      if (frame.vector !== null) cutVector(frame.vector).write(writer);
      break;
    case "presence":
      writer.uint(frame.channel).uint(frame.peer);
      writer.u8(frame.state === null ? 0 : 1);
      if (frame.state !== null) writer.blob(frame.state);
      break;
    case "ping":
    case "pong":
      writer.uint(frame.nonce);
      break;
    case "bye":
      writer.text(frame.code).text(cutSentence(frame.sentence));
      break;
    default:
      unreachable(frame);
  }
  return writer.finish();
}

/**
 * Reads a frame. Bundles, credentials and presence are views of `bytes`.
 *
 * @throws {HoldfastError} `too_large`, `truncated`, `corrupt` or
 *   `invalid_argument`, with what was wrong.
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length > frameSizeBytesMax) {
    const sentence = `frame of ${bytes.length} bytes, at most ${frameSizeBytesMax}`;
    throw new HoldfastError("too_large", sentence);
  }
  const reader = new Reader(bytes);
  const code = reader.u8("frame type");
  const type = frameTypes[code - 1];
  if (type === undefined) throw new HoldfastError("corrupt", `frame type ${code} is unknown`);
  const frame = readBody(type, reader);
  reader.end(`${type} frame`);
  return frame;
}

/** Bytes that a `bundles` frame with these takes at most. */
export function bundlesSizeBytes(bundles: readonly Uint8Array[]): number {
  let sizeBytes = 24;
  for (const bundle of bundles) sizeBytes += bundle.length + 8;
  return sizeBytes;
}

function readBody(type: Frame["type"], reader: Reader): Frame {
  switch (type) {
    case "hello":
      return readHello(reader);
    case "welcome":
      return {
        type,
        protocol: reader.uint("protocol"),
        store: {
          identity: reader.raw(storeIdentitySizeBytes, "store identity"),
          epoch: reader.uint("store epoch"),
        },
        session: reader.uint("session") as SessionId,
      };
    case "open":
      return {
        type,
        channel: readChannel(reader),
        document: parseDocumentId(reader.text("document", documentIdSizeBytesMax)),
        vector: VersionVector.read(reader),
      };
    case "opened":
      return { type, channel: readChannel(reader), vector: VersionVector.read(reader) };
    case "close":
      return { type, channel: readChannel(reader) };
    case "bundles":
      return readBundles(reader);
    case "saved":
      return {
        type,
        channel: readChannel(reader),
        through: reader.uint("ordinal"),
        vector: VersionVector.read(reader),
      };
    case "refused":
      return {
        type,
        channel: readChannel(reader),
        ordinal: reader.uint("ordinal"),
        code: readCode(reader),
        sentence: reader.text("sentence", sentenceSizeBytesMax),
        vector: readFlag(reader, "vector flag") ? VersionVector.read(reader) : null,
      };
    case "presence":
      return {
        type,
        channel: readChannel(reader),
        peer: reader.uint("peer") as SessionId,
        state: readFlag(reader, "presence flag")
          ? reader.blob("presence", presenceSizeBytesMax)
          : null,
      };
    case "ping":
    case "pong":
      return { type, nonce: reader.uint("nonce") };
    case "bye":
      return {
        type,
        code: readCode(reader),
        sentence: reader.text("sentence", sentenceSizeBytesMax),
      };
    default:
      return unreachable(type);
  }
}

function readHello(reader: Reader): Frame {
  for (const byte of magic) {
    if (reader.u8("hello magic") !== byte) throw new HoldfastError("corrupt", "not a sync session");
  }
  return {
    type: "hello",
    protocolMin: reader.uint("lowest protocol"),
    protocolMax: reader.uint("highest protocol"),
    credential: reader.blob("credential", credentialSizeBytesMax),
    software: reader.text("software", softwareSizeBytesMax),
  };
}

function readBundles(reader: Reader): Frame {
  const channel = readChannel(reader);
  const count = reader.count("bundle count", frameSizeBytesMax, bundleSizeBytesMin);
  if (count === 0) throw new HoldfastError("corrupt", "frame holds no bundle");
  const bundles: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) {
    const bundle = reader.blob("bundle", bundleSizeBytesMax);
    if (bundle.length < bundleSizeBytesMin) throw new HoldfastError("corrupt", "no bundle");
    bundles.push(bundle);
  }
  return { type: "bundles", channel, bundles };
}

function readChannel(reader: Reader): ChannelId {
  return reader.uint("channel") as ChannelId;
}

function readCode(reader: Reader): ErrorCode {
  const code = reader.text("code", codeSizeBytesMax);
  if (!isErrorCode(code)) throw new HoldfastError("corrupt", "code is unknown");
  return code;
}

function readFlag(reader: Reader, field: string): boolean {
  const flag = reader.u8(field);
  if (flag > 1) throw new HoldfastError("corrupt", `${field} is ${flag}, not 0 or 1`);
  return flag === 1;
}

function cutVector(vector: VersionVector): VersionVector {
  const agentsMax = (frameSizeBytesMax - frameOverheadSizeBytesMax) / vectorEntrySizeBytesMax;
  if (vector.size <= agentsMax) return vector;
  return new VersionVector(vector.entries().slice(0, Math.floor(agentsMax)));
}

function cutSentence(sentence: string): string {
  let cut = sentence.slice(0, sentenceSizeBytesMax);
  while (encodeUtf8(cut).length > sentenceSizeBytesMax) cut = cut.slice(0, -1);
  return cut;
}
