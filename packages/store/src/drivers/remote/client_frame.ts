// What a client sends: one frame a message, its first byte the type. The bytes are
// described in docs/formats/store-wire.md.
//
// The receiver does not trust the sender: what comes out of the decoder has the sizes
// that are said here, or there was an error with a code.

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import type { OneSet } from "../../checked_writes.ts";
import { sessionSizeBytes } from "../../commit_token.ts";
import { type SentRequest, writeOneSet, writeRequest } from "../../request_codec.ts";
import {
  type CommitVersion,
  type Consistency,
  changesMax,
  keySizeBytesMax,
  type Priority,
  rangeRowsMax,
} from "../../store.ts";
import { credentialSizeBytesMax, endSizeBytesMax, partSizeBytesMax, slotsMax } from "./limits.ts";

/** One commit of one session, by name: a slot carries one transaction after another. */
export interface CommitName {
  /** Below {@link slotsMax}. */
  readonly slot: number;
  /** Counts up from 1 in a slot, over all connections of the session. */
  readonly sequence: number;
}

/** Of a snapshot of the past: as the rows were right after this version. */
export interface AsOf {
  readonly asOf: CommitVersion;
}

/** See the head of this file. */
export type ClientFrame =
  | {
      readonly type: "hello";
      /** The lowest and the highest protocol that the sender speaks. */
      readonly protocols: readonly [lowest: number, highest: number];
      /** {@link sessionSizeBytes} random bytes; the same on all connections of one client. */
      readonly session: Uint8Array;
      readonly credential: Uint8Array;
    }
  /** Takes a snapshot for the transaction in `slot`, or for a read that may be older, or of the past. Answered by `begun`. */
  | {
      readonly type: "begin";
      readonly call: number;
      readonly slot: number;
      readonly consistency: Consistency | AsOf;
      /** Other than `default` only where it is linearizable: reads that may be older commit nothing. */
      readonly priority: Priority;
    }
  /** Answered by `value`. */
  | {
      readonly type: "get";
      readonly call: number;
      readonly slot: number;
      readonly key: Uint8Array;
    }
  /** Answered by `rows`. */
  | {
      readonly type: "range";
      readonly call: number;
      readonly slot: number;
      readonly start: Uint8Array;
      readonly end: Uint8Array;
      readonly limitRows: number;
      readonly reverse: boolean;
    }
  /** Gives the snapshot of `slot` back. Not answered. */
  | { readonly type: "release"; readonly slot: number }
  /** A part of the request of the commit in `slot`. Not answered. */
  | { readonly type: "part"; readonly slot: number; readonly bytes: Uint8Array }
  /** Commits the transaction in `slot`, with all parts sent since it began. Answered by `committed` or `conflict`. */
  | ({ readonly type: "commit"; readonly call: number } & CommitName)
  /** Asks what came of a commit that had no answer, and makes sure that nothing more comes of it. Answered as `commit`. */
  | ({
      readonly type: "settle";
      readonly call: number;
      /** What `begun` said of its transaction. */
      readonly begunAtMs: number;
    } & CommitName)
  /** Signals follow until `unwatch`. */
  | {
      readonly type: "watch";
      readonly watch: number;
      readonly start: Uint8Array;
      readonly end: Uint8Array;
    }
  | { readonly type: "unwatch"; readonly watch: number }
  /** Commits what reads nothing: the request, in one piece. Answered by `committed`. */
  | { readonly type: "write"; readonly call: number; readonly bytes: Uint8Array }
  /** Reads one key, of a snapshot of its own. Answered by `value`. */
  | { readonly type: "lookup"; readonly call: number; readonly key: Uint8Array }
  /** Reads a page of the feed. Answered by `told`, in parts. */
  | {
      readonly type: "changes";
      readonly call: number;
      readonly start: Uint8Array;
      readonly end: Uint8Array;
      readonly since: CommitVersion;
      readonly limitChanges: number;
      readonly consistency: Consistency;
    }
  /** Answered by `pong`. */
  | { readonly type: "ping" };

const types = [
  ...(["hello", "begin", "get", "range", "release", "part", "commit", "settle"] as const),
  ...(["watch", "unwatch", "ping", "write", "lookup", "changes"] as const),
];
const magic = [0x48, 0x46, 0x4b];
const numberMax = Number.MAX_SAFE_INTEGER;

/** What a client may write: a `write` also as what its bytes say: a request, or one key that is set. */
export type OutgoingFrame =
  | ClientFrame
  | { readonly type: "write"; readonly call: number; readonly request: SentRequest }
  | { readonly type: "write"; readonly call: number; readonly only: OneSet };

/** O(size). */
export function encodeClientFrame(frame: ClientFrame): Uint8Array {
  const writer = new Writer(64);
  writeClientFrame(writer, frame);
  return writer.finish();
}

/** The same, to `writer`. */
export function writeClientFrame(writer: Writer, frame: OutgoingFrame): void {
  writer.u8(types.indexOf(frame.type) + 1);
  switch (frame.type) {
    case "hello":
      for (const byte of magic) writer.u8(byte);
      writer.uint(frame.protocols[0]).uint(frame.protocols[1]);
      writer.raw(frame.session).blob(frame.credential);
      return;
    case "begin":
      writeTerms(writer.uint(frame.call).uint(frame.slot), frame);
      return;
    case "get":
      writer.uint(frame.call).uint(frame.slot).blob(frame.key);
      return;
    case "range":
      writer.uint(frame.call).uint(frame.slot).blob(frame.start).blob(frame.end);
      writer.uint(frame.limitRows).u8(frame.reverse ? 1 : 0);
      return;
    case "release":
      writer.uint(frame.slot);
      return;
    case "part":
      writer.uint(frame.slot).raw(frame.bytes);
      return;
    case "commit":
      writer.uint(frame.call).uint(frame.slot).uint(frame.sequence);
      return;
    case "settle":
      writer.uint(frame.call).uint(frame.slot).uint(frame.sequence);
      writer.uint(frame.begunAtMs);
      return;
    case "watch":
      writer.uint(frame.watch).blob(frame.start).blob(frame.end);
      return;
    case "unwatch":
      writer.uint(frame.watch);
      return;
    case "write":
      writer.uint(frame.call);
      if ("only" in frame) writeOneSet(writer, frame.only.key, frame.only.value);
      else if ("bytes" in frame) writer.raw(frame.bytes);
      else writeRequest(writer, frame.request);
      return;
    case "lookup":
      writer.uint(frame.call).blob(frame.key);
      return;
    case "changes":
      writer.uint(frame.call).blob(frame.start).blob(frame.end);
      writer.uint(frame.since).uint(frame.limitChanges);
      writeTerms(writer, { consistency: frame.consistency, priority: "default" });
      return;
    case "ping":
      return;
  }
}

/** @throws {HoldfastError} `protocol`, `corrupt`, `truncated`, `too_large`. */
export function decodeClientFrame(bytes: Uint8Array): ClientFrame {
  const reader = new Reader(bytes);
  const type = types[reader.u8("type") - 1];
  if (type === undefined) throw new HoldfastError("protocol", "a frame of no known type");
  const frame = readFrame(reader, type);
  reader.end(`a frame ${type}`);
  return frame;
}

function readFrame(reader: Reader, type: ClientFrame["type"]): ClientFrame {
  const slot = () => reader.uint("slot", slotsMax - 1);
  const call = () => reader.uint("call", numberMax);
  const sequence = () => {
    const value = reader.uint("sequence");
    if (value === 0) throw new HoldfastError("corrupt", "a sequence of 0");
    return value;
  };
  switch (type) {
    case "hello":
      return readHello(reader);
    case "begin":
      return { type, call: call(), slot: slot(), ...readTerms(reader) };
    case "get":
      return { type, call: call(), slot: slot(), key: reader.blob("key", keySizeBytesMax) };
    case "range":
      return {
        ...{ type, call: call(), slot: slot() },
        start: reader.blob("start", endSizeBytesMax),
        end: reader.blob("end", endSizeBytesMax),
        limitRows: reader.uint("limit", rangeRowsMax),
        reverse: readFlag(reader, "reverse"),
      };
    case "release":
      return { type, slot: slot() };
    case "part":
      return { type, slot: slot(), bytes: readPart(reader) };
    case "write":
      return { type, call: call(), bytes: readPart(reader) };
    case "lookup":
      return { type, call: call(), key: reader.blob("key", keySizeBytesMax) };
    case "commit":
      return { type, call: call(), slot: slot(), sequence: sequence() };
    case "settle": {
      const name = { call: call(), slot: slot(), sequence: sequence() };
      return { type, ...name, begunAtMs: reader.uint("time") };
    }
    case "watch":
      return {
        ...{ type, watch: reader.uint("watch") },
        start: reader.blob("start", endSizeBytesMax),
        end: reader.blob("end", endSizeBytesMax),
      };
    case "unwatch":
      return { type, watch: reader.uint("watch") };
    case "changes":
      return readChanges(reader);
    case "ping":
      return { type };
  }
}

function readChanges(reader: Reader): ClientFrame {
  const asked = {
    call: reader.uint("call"),
    start: reader.blob("start", endSizeBytesMax),
    end: reader.blob("end", endSizeBytesMax),
    since: reader.uint("since") as CommitVersion,
    limitChanges: reader.uint("limit", changesMax),
  };
  const { consistency, priority } = readTerms(reader);
  if (priority !== "default" || isAsOf(consistency)) {
    throw new HoldfastError("corrupt", "a page of the feed is as old as a read, or linearizable");
  }
  return { type: "changes", ...asked, consistency };
}

/** Whether a snapshot is to be of the past. */
export function isAsOf(consistency: Consistency | AsOf): consistency is AsOf {
  return typeof consistency === "object" && "asOf" in consistency;
}

type BeginTerms = Pick<
  Extract<ClientFrame, { readonly type: "begin" }>,
  "consistency" | "priority"
>;

/** By their bytes; those between and behind are reads, which may be older. */
const transactionKinds: readonly (Priority | null)[] = [
  "default",
  null,
  null,
  "batch",
  "immediate",
];
const [atLeast, stale, past] = [1, 2, 5];

function writeTerms(writer: Writer, { consistency, priority }: BeginTerms): Writer {
  if (consistency === "linearizable") {
    return writer.u8(transactionKinds.indexOf(priority));
  }
  if ("asOf" in consistency) return writer.u8(past).uint(consistency.asOf);
  if ("atLeast" in consistency) return writer.u8(atLeast).uint(consistency.atLeast);
  return writer.u8(stale).uint(Math.min(Math.floor(consistency.staleMsMax), numberMax));
}

function readTerms(reader: Reader): BeginTerms {
  const kind = reader.u8("consistency");
  const priority = transactionKinds[kind] ?? null;
  if (priority !== null) return { consistency: "linearizable", priority };
  if (kind === atLeast) {
    const consistency = { atLeast: reader.uint("version") as CommitVersion };
    return { consistency, priority: "default" };
  }
  if (kind === stale) {
    return { consistency: { staleMsMax: reader.uint("bound") }, priority: "default" };
  }
  if (kind === past) {
    const consistency = { asOf: reader.uint("version") as CommitVersion };
    return { consistency, priority: "default" };
  }
  throw new HoldfastError("corrupt", `a consistency of kind ${kind}`);
}

/** What is left of a frame, of a bounded size. */
export function readPart(reader: Reader): Uint8Array {
  if (reader.remaining > partSizeBytesMax) {
    const sizes = `${reader.remaining} bytes, at most ${partSizeBytesMax}`;
    throw new HoldfastError("too_large", `a part of ${sizes}`);
  }
  return reader.raw(reader.remaining, "part");
}

function readHello(reader: Reader): ClientFrame {
  for (const byte of magic) {
    if (reader.u8("magic") !== byte) throw new HoldfastError("protocol", "not a client of a store");
  }
  const lowest = reader.uint("lowest protocol");
  const highest = reader.uint("highest protocol");
  if (highest < lowest) throw new HoldfastError("corrupt", "a range of protocols that is empty");
  return {
    type: "hello",
    protocols: [lowest, highest],
    session: reader.raw(sessionSizeBytes, "session"),
    credential: reader.blob("credential", credentialSizeBytesMax),
  };
}

/** One byte, 0 or 1. */
export function readFlag(reader: Reader, field: string): boolean {
  const value = reader.u8(field);
  if (value > 1) throw new HoldfastError("corrupt", `${field} is ${value}, not 0 or 1`);
  return value === 1;
}
