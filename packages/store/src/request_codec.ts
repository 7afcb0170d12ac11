// A transaction that has run, as bytes: for whoever decides elsewhere whether it commits.
//
//   u8 0, 1 or 2: the format, and with it the priority: default, batch, immediate; uint since
//   reads    uint count, then blob key each; then spans
//   writes   spans cleared; spans declared;
//            uint count, then each key: blob key, uint 0 where it is cleared, else
//              uint (1 + size of the value) and the value;
//            uint count, then each change, the changes of one key in order:
//              blob key, u8 type (its place in `mutationTypes`), blob operand;
//            uint count, then each stamped value: blob key, blob before, blob after;
//            uint count, then each stamped key: blob before, blob after, blob value
//   spans    uint count, then blob start, blob end each
//
// The sender may be a stranger: what comes out was checked as the calls of a
// transaction are.

import { HoldfastError, Reader, type Writer } from "@holdfast/std";
import type { Request } from "./committer.ts";
import { checkKey, type KeyText, keyText, type Span, spanOf } from "./key.ts";
import { ReadSet } from "./read_set.ts";
import type { SpanSet } from "./span_set.ts";
import {
  type CommitVersion,
  keySizeBytesMax,
  type Mutation,
  type Priority,
  transactionSizeBytesMax,
  type VersionStamped,
  valueSizeBytesMax,
} from "./store.ts";
import { inOrder, TransactionWrites } from "./transaction_writes.ts";
import { stampedSizeBytes } from "./version_stamp.ts";

/** By the first byte. */
const formats: readonly Priority[] = ["default", "batch", "immediate"];
const mutationTypes: readonly Mutation["type"][] = [
  ...(["add", "min", "max", "byte_min", "byte_max", "and", "or", "xor"] as const),
  ...(["append_if_fits", "compare_and_clear"] as const),
];
const endSizeBytesMax = keySizeBytesMax + 1;
const noBytes = new Uint8Array(0);

/** A request that reads nothing, up to its keys written: no key read, no span. */
const nothingBefore = [formats.indexOf("default"), 0, 0, 0, 0, 0];
/** And what comes after one key that is set. */
const nothingAfter = [0, 0, 0];

/** What of a request travels. */
export type SentRequest = Pick<Request, "reads" | "writes" | "since" | "priority">;

/** Writes the request that sets one key, and does nothing else. O(size). */
export function writeOneSet(writer: Writer, key: KeyText, value: Uint8Array): void {
  for (const byte of nothingBefore) writer.u8(byte);
  writer.u8(1);
  writeKey(writer, key);
  writer.uint(1 + value.length).raw(value);
  for (const byte of nothingAfter) writer.u8(byte);
}

/** O(size). */
export function writeRequest(writer: Writer, request: SentRequest): void {
  const { reads, writes, since, priority } = request;
  writer.u8(formats.indexOf(priority)).uint(since).uint(reads.points.size);
  for (const key of reads.points) writeKey(writer, key);
  writeSpans(writer, reads.spans);
  const { known, changes, stamped } = writes;
  writeSpans(writer, known.cleared);
  writeSpans(writer, known.declared);
  writer.uint(known.points.size);
  known.points.visitAll((key, value) => {
    writeKey(writer, key);
    writer.uint(value === null ? 0 : 1 + value.length);
    if (value !== null) writer.raw(value);
    return true;
  });
  const changed: [KeyText, Mutation][] = [];
  changes.visitAll((key, mutations) => {
    for (const mutation of inOrder(mutations)) changed.push([key, mutation]);
    return true;
  });
  writer.uint(changed.length);
  for (const [key, { type, operand }] of changed) {
    writeKey(writer, key);
    writer.u8(mutationTypes.indexOf(type)).blob(operand);
  }
  writer.uint(stamped.values.size);
  stamped.values.visitAll((key, value) => {
    writeKey(writer, key);
    writer.blob(value.before).blob(value.after ?? noBytes);
    return true;
  });
  writer.uint(stamped.keys.length);
  for (const { key, value } of stamped.keys) {
    writer
      .blob(key.before)
      .blob(key.after ?? noBytes)
      .blob(value);
  }
}

/**
 * Reads a request to the end of the bytes.
 *
 * @throws {HoldfastError} `unsupported_version`, `corrupt`, `truncated`; `too_large` and
 *   `invalid_argument` as the calls of a transaction.
 */
export function readRequest(reader: Reader, sizeBytesMax: number): SentRequest {
  const priority = readPriority(reader);
  const since = reader.uint("since") as CommitVersion;
  const reads = new ReadSet();
  eachOf(reader, "keys read", 1, () => reads.addPoint(readKey(reader, sizeBytesMax)));
  eachOf(reader, "spans read", 2, () => {
    const { start, end } = readSpan(reader, sizeBytesMax);
    reads.addSpan(start, end);
  });
  const writes = new TransactionWrites(since);
  eachOf(reader, "spans cleared", 2, () => writes.clearSpan(readSpan(reader, sizeBytesMax)));
  eachOf(reader, "spans declared", 2, () => {
    writes.known.declareSpan(readSpan(reader, sizeBytesMax));
  });
  eachOf(reader, "keys written", 2, () => {
    const key = readKey(reader, sizeBytesMax);
    const size = reader.uint("size of a value", valueSizeBytesMax + 1);
    writes.set(key, size === 0 ? null : reader.raw(size - 1, "value").slice());
  });
  eachOf(reader, "changes", 3, () => {
    const key = readKey(reader, sizeBytesMax);
    const type = mutationTypes[reader.u8("type of a change")];
    if (type === undefined) throw new HoldfastError("corrupt", "a change of no known type");
    writes.change(key, { type, operand: readValue(reader) });
  });
  eachOf(reader, "stamped values", 3, () => {
    const key = readKey(reader, sizeBytesMax);
    writes.setStampedValue(key, readStamped(reader, valueSizeBytesMax));
  });
  eachOf(reader, "stamped keys", 3, () => {
    const key = readStamped(reader, sizeBytesMax);
    keyText(key.before, sizeBytesMax);
    writes.setStampedKey(key, readValue(reader));
  });
  reader.end("a request");
  if (Math.max(reads.sizeBytes, writes.sizeBytes) > transactionSizeBytesMax) {
    throw new HoldfastError("too_large", `a transaction of over ${transactionSizeBytesMax} bytes`);
  }
  return { reads, writes, since, priority };
}

/**
 * The priority of a request of which only the first byte is there yet.
 *
 * @throws {HoldfastError} `unsupported_version`, `truncated`.
 */
export function readPriority(reader: Reader): Priority {
  const found = reader.u8("format of a request");
  const priority = formats[found];
  if (priority !== undefined) return priority;
  throw new HoldfastError("unsupported_version", `a request of format ${found}`);
}

/**
 * What a request sets, where that is one key and it does nothing else, as views of its bytes;
 * null of any other, and of bytes that are no request. As {@link readRequest}, without what
 * that makes of it: most requests are such. O(1).
 *
 * @throws {HoldfastError} As `readRequest`, of sizes and keys.
 */
export function readOneSet(
  bytes: Uint8Array,
  sizeBytesMax: number,
): { readonly key: Uint8Array; readonly value: Uint8Array } | null {
  const before = nothingBefore.length;
  if (bytes.length <= before || bytes[before] !== 1) return null;
  for (let at = 0; at < before; at += 1) if (bytes[at] !== nothingBefore[at]) return null;
  const reader = new Reader(bytes);
  reader.raw(before + 1, "what is not there");
  const key = reader.blob("key", keySizeBytesMax);
  checkKey(key, sizeBytesMax);
  const size = reader.uint("size of a value", valueSizeBytesMax + 1);
  if (size === 0) return null;
  const value = reader.raw(size - 1, "value");
  if (reader.remaining !== nothingAfter.length) return null;
  for (const byte of nothingAfter) if (reader.u8("what is not there") !== byte) return null;
  return { key, value };
}

function writeKey(writer: Writer, key: KeyText): void {
  writer.uint(key.length).units(key);
}

function writeSpans(writer: Writer, spans: SpanSet): void {
  writer.uint(spans.size);
  spans.visit(({ start, end }) => {
    writeKey(writer, start);
    writeKey(writer, end);
    return true;
  });
}

function eachOf(reader: Reader, field: string, sizeBytesMin: number, read: () => void): void {
  for (let left = reader.count(field, reader.remaining, sizeBytesMin); left > 0; left -= 1) read();
}

function readKey(reader: Reader, sizeBytesMax: number): KeyText {
  return keyText(reader.blob("key", keySizeBytesMax), sizeBytesMax);
}

function readSpan(reader: Reader, sizeBytesMax: number): Span {
  const start = reader.blob("start of a span", endSizeBytesMax);
  const end = reader.blob("end of a span", endSizeBytesMax);
  return spanOf({ start, end }, sizeBytesMax);
}

function readValue(reader: Reader): Uint8Array {
  return reader.blob("value", valueSizeBytesMax).slice();
}

function readStamped(reader: Reader, sizeBytesMax: number): VersionStamped {
  const before = reader.blob("before a stamp", sizeBytesMax).slice();
  const after = reader.blob("after a stamp", sizeBytesMax).slice();
  const stamped = { before, after };
  const sizeBytes = stampedSizeBytes(stamped);
  if (sizeBytes > sizeBytesMax) {
    throw new HoldfastError(
      "too_large",
      `${sizeBytes} bytes with the stamp, at most ${sizeBytesMax}`,
    );
  }
  return stamped;
}
