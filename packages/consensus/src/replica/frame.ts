// What travels on a connection between two nodes: frames, in pieces where they are large.
//
//   message of the connection: u8 1 where the frame goes on in the next one, else 0; bytes
//   frame: u8 kind, then
//     0 hello    u8 version, texts cluster, from, to, disk, address, expected, uint since
//     1 raft     messages, one after another
//     2 call     uint number, bytes
//     3 answer   uint number, bytes
//     4 failure  uint number: the callee could not answer
//     5 pulse    nothing: whoever was dialled hears the dialler
//     6 order    uint number, bytes: a call that is for the replica itself
//     7 rebuff   u8 reason, uint index, text sentence: the dialler is not let in
//
// Invariants:
//   FR1  A frame that is longer than it may be is refused before it is held: a hello is
//        short, whoever says it.
//   FR2  A hello begins with its kind and the version in every release, and what follows is
//        read only where the version is known: so nodes that can't talk tell each other so.
// See docs/formats/raft-wire.md.

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { type Connection, messageSizeBytesMax } from "@holdfast/world";
import { addressSizeBytesMax, diskSizeBytesMax, readNodeId } from "../codec/log_codec.ts";
import { readMessage } from "../codec/message_codec.ts";
import type { Message } from "../raft/message.ts";
import type { Index, NodeId } from "../raft/types.ts";

/** The version of the protocol that this release speaks. */
export const wireVersion = 1;
/** Most bytes of a frame: a command, and what goes with it. */
export const frameSizeBytesMax = 33_554_432;
/** Most bytes of a call or its answer. */
export const callSizeBytesMax = frameSizeBytesMax - 16;
/** Most bytes of a hello, with room. */
export const helloSizeBytesMax = 768;
/** Most bytes of the name of a cluster. */
export const clusterSizeBytesMax = 64;

const kinds = {
  ...{ hello: 0, raft: 1, call: 2, answer: 3, failure: 4, pulse: 5 },
  ...{ order: 6, rebuff: 7 },
} as const;
const rebuffReasons = ["other", "removed", "other_disk"] as const;
const sentenceSizeBytesMax = 1_024;
const pieceSizeBytes = messageSizeBytesMax - 1;
/** What a message begins with: whether its frame goes on in the next one. */
const [whole, goesOn] = [0, 1];

/** Says who begins a connection, and whom they look for. */
export interface Hello {
  readonly cluster: string;
  readonly from: NodeId;
  readonly to: NodeId;
  /** The name of the dialler's disk. */
  readonly disk: string;
  /** Where the dialler listens; null where it does not say. */
  readonly address: string | null;
  /** What the dialler knows the dialled node's disk to be called; null where it does not. */
  readonly expected: string | null;
  /** Where the last membership that has the dialler stands in its log. */
  readonly since: Index;
}

/** Why a dialler is not let in. */
export interface Rebuff {
  /**
   * `removed`: who decides as of `index` has it for no member. `other_disk`: its name is
   * that of a node with another disk.
   */
  readonly reason: (typeof rebuffReasons)[number];
  readonly index: Index;
  readonly sentence: string;
}

/** What a frame says. */
export type Frame =
  | ({ readonly kind: "hello" } & Hello)
  | { readonly kind: "raft"; readonly messages: readonly Message[] }
  | { readonly kind: "call" | "order"; readonly number: number; readonly bytes: Uint8Array }
  | { readonly kind: "answer"; readonly number: number; readonly bytes: Uint8Array }
  | { readonly kind: "failure"; readonly number: number }
  | { readonly kind: "pulse" }
  | ({ readonly kind: "rebuff" } & Rebuff);

/** The bytes of a hello. */
export function helloFrame(hello: Hello): Uint8Array {
  const { cluster, from, to, disk, address, expected, since } = hello;
  const writer = new Writer().u8(kinds.hello).u8(wireVersion);
  for (const text of [cluster, from, to, disk, address ?? "", expected ?? ""]) writer.text(text);
  return writer.uint(since).finish();
}

/** The bytes of a rebuff. */
export function rebuffFrame({ reason, index, sentence }: Rebuff): Uint8Array {
  const writer = new Writer().u8(kinds.rebuff).u8(rebuffReasons.indexOf(reason));
  return writer.uint(index).text(sentence).finish();
}

/** Begins a frame of messages, of about `sizeBytes`; the caller writes them, and sends it by {@link sendWritten}. */
export function raftFrame(sizeBytes: number): Writer {
  return new Writer(sizeBytes + 64).u8(whole).u8(kinds.raft);
}

/** Sends what was begun by {@link raftFrame}, and is not to be written to any more. Throws as {@link sendFrame}. */
export function sendWritten(connection: Connection, writer: Writer): void {
  const message = writer.view();
  if (message.length <= pieceSizeBytes + 1) connection.send(message);
  else sendFrame(connection, message.subarray(1));
}

/** The bytes of a call, its answer, or of that there is none. */
export function callFrame(
  kind: "call" | "order" | "answer" | "failure",
  number: number,
  bytes: Uint8Array,
): Uint8Array {
  return new Writer(bytes.length + 16).u8(kinds[kind]).uint(number).raw(bytes).finish();
}

/** The bytes of a pulse. */
export function pulseFrame(): Uint8Array {
  return Uint8Array.of(kinds.pulse);
}

/**
 * Sends a frame, in as many messages as it takes; what is in `frame` may change afterwards.
 *
 * @throws {HoldfastError} `too_large`: nothing was sent.
 */
export function sendFrame(connection: Connection, frame: Uint8Array): void {
  if (frame.length > frameSizeBytesMax) {
    throw new HoldfastError("too_large", `a frame of ${frame.length} bytes`);
  }
  for (let at = 0; at < frame.length; at += pieceSizeBytes) {
    const piece = frame.subarray(at, at + pieceSizeBytes);
    const message = new Uint8Array(piece.length + 1);
    message[0] = at + pieceSizeBytes < frame.length ? goesOn : whole;
    message.set(piece, 1);
    connection.send(message);
  }
}

/** Puts frames together again. */
export class FrameReceiver {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * The next frame, of at most `sizeBytesMax`; null once the connection has ended.
   *
   * @throws {HoldfastError} As {@link readFrame}.
   */
  async receive(sizeBytesMax = frameSizeBytesMax): Promise<Frame | null> {
    const pieces: Uint8Array[] = [];
    let sizeBytes = 0;
    for (;;) {
      const message = await this.#connection.receive();
      if (message === null) return null;
      if (message.length < 2 || message[0]! > 1)
        throw new HoldfastError("corrupt", "a piece of a frame");
      const piece = message.subarray(1);
      sizeBytes += piece.length;
      if (sizeBytes > sizeBytesMax) {
        throw new HoldfastError("too_large", `a frame of more than ${sizeBytesMax} bytes`);
      }
      if (message[0] === 0 && pieces.length === 0) return readFrame(piece);
      pieces.push(piece);
      if (message[0] === 0) return readFrame(joined(pieces, sizeBytes));
    }
  }
}

/** @throws {HoldfastError} `corrupt`, `truncated`, `too_large`, `unsupported_version`. */
export function readFrame(bytes: Uint8Array): Frame {
  const reader = new Reader(bytes);
  const kind = reader.u8("kind of a frame");
  switch (kind) {
    case kinds.hello: {
      const version = reader.u8("version");
      if (version !== wireVersion) {
        const older = version < wireVersion ? "the other" : "this";
        const versions = `the other node speaks version ${version}, this one ${wireVersion}`;
        throw new HoldfastError("unsupported_version", `${versions}: upgrade ${older} one`);
      }
      const cluster = reader.text("cluster", clusterSizeBytesMax);
      const [from, to] = [readNodeId(reader), readNodeId(reader)];
      const disk = reader.text("disk", diskSizeBytesMax);
      const address = reader.text("address", addressSizeBytesMax) || null;
      const expected = reader.text("expected disk", diskSizeBytesMax) || null;
      const since = reader.uint("since") as Index;
      reader.end("a hello");
      return { kind: "hello", cluster, from, to, disk, address, expected, since };
    }
    case kinds.raft: {
      const messages: Message[] = [];
      while (reader.remaining > 0) messages.push(readMessage(reader));
      return { kind: "raft", messages };
    }
    case kinds.call:
    case kinds.order:
    case kinds.answer: {
      const number = reader.uint("number");
      const bytes = reader.raw(reader.remaining, "bytes");
      if (kind === kinds.order) return { kind: "order", number, bytes };
      return { kind: kind === kinds.call ? "call" : "answer", number, bytes };
    }
    case kinds.rebuff: {
      const reason = rebuffReasons[reader.u8("reason")];
      if (reason === undefined) throw new HoldfastError("corrupt", "a rebuff without a reason");
      const index = reader.uint("index") as Index;
      const sentence = reader.text("sentence", sentenceSizeBytesMax);
      reader.end("a rebuff");
      return { kind: "rebuff", reason, index, sentence };
    }
    case kinds.failure: {
      const number = reader.uint("number");
      reader.end("a failure");
      return { kind: "failure", number };
    }
    case kinds.pulse:
      reader.end("a pulse");
      return { kind: "pulse" };
    default:
      throw new HoldfastError("corrupt", `a frame of kind ${kind}`);
  }
}

function joined(pieces: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
