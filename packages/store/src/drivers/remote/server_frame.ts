// What a server sends; see client_frame.ts.

import { type ErrorCode, HoldfastError, isErrorCode, Reader, Writer } from "@holdfast/std";
import { type CommitVersion, keySizeBytesMax, type Row, valueSizeBytesMax } from "../../store.ts";
import { readFlag, readPart } from "./client_frame.ts";
import { identitySizeBytes, pageRowsMax } from "./limits.ts";

/** What a server says of itself and of its store. */
export interface Welcome {
  readonly protocol: number;
  /** Names the store; a client talks to no other in its life. */
  readonly identity: Uint8Array;
  readonly durable: boolean;
  readonly staleReads: boolean;
  readonly history: boolean;
  /** Largest key of a client. */
  readonly keySizeBytesMax: number;
}

/** See the head of this file. */
export type ServerFrame =
  | ({ readonly type: "welcome" } & Welcome)
  /** Why the connection ends now. */
  | { readonly type: "bye"; readonly code: ErrorCode; readonly sentence: string }
  | {
      readonly type: "begun";
      readonly call: number;
      /** What the snapshot shows. */
      readonly version: CommitVersion;
      /** The server's wall clock, for `settle`. */
      readonly begunAtMs: number;
      /** As of a `ReadSnapshot`: 0 where it is linearizable, infinite where that is not known. */
      readonly staleMsMax: number;
    }
  | { readonly type: "value"; readonly call: number; readonly value: Uint8Array | null }
  | {
      readonly type: "rows";
      readonly call: number;
      readonly rows: readonly Row[];
      /** Whether the range has no more, or the limit is reached; else the sender asks for the rest. */
      readonly isWhole: boolean;
    }
  | { readonly type: "committed"; readonly call: number; readonly version: CommitVersion }
  | { readonly type: "conflict"; readonly call: number }
  | {
      readonly type: "failed";
      readonly call: number;
      readonly code: ErrorCode;
      readonly sentence: string;
    }
  /** All up to `version` may have changed what `watch` covers. The first one comes at once, where anything was ever committed. */
  | { readonly type: "changed"; readonly watch: number; readonly version: CommitVersion }
  /** Nothing more comes of `watch`. */
  | {
      readonly type: "unwatched";
      readonly watch: number;
      readonly code: ErrorCode;
      readonly sentence: string;
    }
  | { readonly type: "pong" }
  /** A part of a page of the feed, in the form of told_changes.ts; all parts of a call make up one page. */
  | {
      readonly type: "told";
      readonly call: number;
      /** Whether it is the last. */
      readonly isWhole: boolean;
      /** All up to here is told by the page. */
      readonly version: CommitVersion;
      readonly bytes: Uint8Array;
    };

const types = [
  ...(["welcome", "bye", "begun", "value", "rows", "committed", "conflict", "failed"] as const),
  ...(["changed", "unwatched", "pong", "told"] as const),
];
/** Types of a server begin here: so no frame can be taken for one of the other side. */
const typesFrom = 0x80;
const codeSizeBytesMax = 40;
const sentenceSizeBytesMax = 2_000;
const sentenceUnitsMax = 500;

/** O(size). */
export function encodeServerFrame(frame: ServerFrame): Uint8Array {
  const writer = new Writer(64);
  writeServerFrame(writer, frame);
  return writer.finish();
}

/** The same, to `writer`. */
export function writeServerFrame(writer: Writer, frame: ServerFrame): void {
  writer.u8(typesFrom + types.indexOf(frame.type));
  switch (frame.type) {
    case "welcome":
      writer
        .uint(frame.protocol)
        .raw(frame.identity)
        .u8(frame.durable ? 1 : 0)
        .u8(frame.staleReads ? 1 : 0)
        .u8(frame.history ? 1 : 0);
      writer.uint(frame.keySizeBytesMax);
      return;
    case "bye":
      writeReason(writer, frame);
      return;
    case "begun":
      writer.uint(frame.call).uint(frame.version).uint(frame.begunAtMs);
      writer.uint(ageOf(frame.staleMsMax));
      return;
    case "value":
      writeValue(writer.uint(frame.call), frame.value);
      return;
    case "rows":
      writer
        .uint(frame.call)
        .u8(frame.isWhole ? 1 : 0)
        .uint(frame.rows.length);
      for (const { key, value } of frame.rows) writer.blob(key).blob(value);
      return;
    case "committed":
      writer.uint(frame.call).uint(frame.version);
      return;
    case "conflict":
      writer.uint(frame.call);
      return;
    case "failed":
      writeReason(writer.uint(frame.call), frame);
      return;
    case "changed":
      writer.uint(frame.watch).uint(frame.version);
      return;
    case "unwatched":
      writeReason(writer.uint(frame.watch), frame);
      return;
    case "pong":
      return;
    case "told":
      writer
        .uint(frame.call)
        .u8(frame.isWhole ? 1 : 0)
        .uint(frame.version)
        .raw(frame.bytes);
      return;
  }
}

/** @throws {HoldfastError} `protocol`, `corrupt`, `truncated`, `too_large`. */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame {
  const reader = new Reader(bytes);
  const type = types[reader.u8("type") - typesFrom];
  if (type === undefined) throw new HoldfastError("protocol", "a frame of no known type");
  const frame = readFrame(reader, type);
  reader.end(`a frame ${type}`);
  return frame;
}

function readFrame(reader: Reader, type: ServerFrame["type"]): ServerFrame {
  const version = () => reader.uint("version") as CommitVersion;
  const call = () => reader.uint("call");
  switch (type) {
    case "welcome":
      return {
        type,
        protocol: reader.uint("protocol"),
        identity: reader.raw(identitySizeBytes, "identity"),
        durable: readFlag(reader, "durable"),
        staleReads: readFlag(reader, "stale reads"),
        history: readFlag(reader, "history"),
        keySizeBytesMax: reader.uint("largest key", keySizeBytesMax),
      };
    case "bye":
      return { type, ...readReason(reader) };
    case "begun": {
      const begun = { type, call: call(), version: version(), begunAtMs: reader.uint("time") };
      const age = reader.uint("age");
      return { ...begun, staleMsMax: age === 0 ? Number.POSITIVE_INFINITY : age - 1 };
    }
    case "value":
      return { type, call: call(), value: readValue(reader) };
    case "rows":
      return readRows(reader);
    case "committed":
      return { type, call: call(), version: version() };
    case "conflict":
      return { type, call: call() };
    case "failed":
      return { type, call: call(), ...readReason(reader) };
    case "changed":
      return { type, watch: reader.uint("watch"), version: version() };
    case "unwatched":
      return { type, watch: reader.uint("watch"), ...readReason(reader) };
    case "pong":
      return { type };
    case "told": {
      const told = { type, call: call(), isWhole: readFlag(reader, "whole"), version: version() };
      return { ...told, bytes: readPart(reader) };
    }
  }
}

/** 0 where it is infinite, else 1 more than so many whole milliseconds. */
function ageOf(staleMsMax: number): number {
  const age = 1 + Math.ceil(staleMsMax);
  return age > Number.MAX_SAFE_INTEGER ? 0 : age;
}

function readRows(reader: Reader): ServerFrame {
  const frame = { type: "rows", call: reader.uint("call") } as const;
  const isWhole = readFlag(reader, "whole");
  const rows: Row[] = [];
  for (let left = reader.count("rows", pageRowsMax, 2); left > 0; left -= 1) {
    const key = reader.blob("key", keySizeBytesMax);
    rows.push({ key, value: reader.blob("value", valueSizeBytesMax).slice() });
  }
  return { ...frame, rows, isWhole };
}

function writeValue(writer: Writer, value: Uint8Array | null): Writer {
  return value === null ? writer.uint(0) : writer.uint(1 + value.length).raw(value);
}

function readValue(reader: Reader): Uint8Array | null {
  const size = reader.uint("size of a value", valueSizeBytesMax + 1);
  return size === 0 ? null : reader.raw(size - 1, "value").slice();
}

interface Reason {
  readonly code: ErrorCode;
  readonly sentence: string;
}

function writeReason(writer: Writer, { code, sentence }: Reason): Writer {
  return writer.text(code).text(sentence.slice(0, sentenceUnitsMax));
}

/** A code that a later release made up means no more than that it did not work. */
function readReason(reader: Reader): Reason {
  const code = reader.text("code", codeSizeBytesMax);
  const sentence = reader.text("sentence", sentenceSizeBytesMax);
  return { code: isErrorCode(code) ? code : "unavailable", sentence };
}
