// The bytes of what nodes say to each other: u8 kind, uint term, and what follows of the
// kind, in the order of its fields in ../raft/message.ts. A flag is u8 0 or 1; clocks are
// 8 bytes, a big-endian float. See docs/formats/raft-wire.md.

import { HoldfastError, type Reader, unreachable, type Writer } from "@holdfast/std";
import type { Entry } from "../raft/entry.ts";
import type { Message, Proposal } from "../raft/message.ts";
import { type Refusal, refusals } from "../raft/refusal.ts";
import type { Index, RequestId, Term } from "../raft/types.ts";
import {
  commandSizeBytesMax,
  readEntry,
  readPosition,
  readSnapshot,
  snapshotNameSizeBytesMax,
  writeEntry,
  writePosition,
  writeSnapshot,
} from "./log_codec.ts";

/** Most bytes of a piece of a snapshot. */
export const chunkSizeBytesMax = 524_288;

const kinds: readonly Message["type"][] = [
  ...(["pre_vote_request", "pre_vote_reply", "vote_request", "vote_reply"] as const),
  ...(["append", "append_reply", "append_rejection", "heartbeat", "heartbeat_reply"] as const),
  ...(["outdated", "install", "install_reply", "timeout_now", "propose", "proposed"] as const),
  ...(["read_request", "read_reply", "refused"] as const),
];

/** O(size). */
export function writeMessage(writer: Writer, message: Message): void {
  writer.u8(kinds.indexOf(message.type)).uint(message.term);
  switch (message.type) {
    case "outdated":
    case "timeout_now":
      return;
    case "pre_vote_request":
      writePosition(writer, message.last);
      return;
    case "vote_request":
      writePosition(writer, message.last);
      writeFlag(writer, message.isTransfer);
      return;
    case "pre_vote_reply":
    case "vote_reply":
      writeFlag(writer, message.granted);
      return;
    case "append":
      writePosition(writer, message.previous);
      writer.uint(message.entries.length);
      for (const entry of message.entries) writeEntry(writer, entry);
      writer.uint(message.committed);
      return;
    case "append_reply":
      writer.uint(message.match);
      return;
    case "append_rejection":
      writer.uint(message.rejected);
      writePosition(writer, message.hint);
      return;
    case "heartbeat":
      writer.uint(message.committed).uint(message.round);
      writeClock(writer, message.sentMs);
      return;
    case "heartbeat_reply":
      writer.uint(message.round);
      writeClock(writer, message.sentMs);
      return;
    case "install":
      writeSnapshot(writer, message.snapshot);
      writer.uint(message.offset).blob(message.bytes);
      writeFlag(writer, message.isLast);
      return;
    case "install_reply":
      writer.text(message.name).uint(message.offset);
      return;
    case "propose":
      writer.uint(message.proposals.length);
      for (const { id, data } of message.proposals) writer.uint(id).blob(data);
      return;
    case "proposed":
      writer.uint(message.id);
      writePosition(writer, message.position);
      return;
    case "read_request":
      writer.uint(message.id);
      return;
    case "read_reply":
      writer.uint(message.id).uint(message.index);
      return;
    case "refused":
      writer.uint(message.id).u8(refusals.indexOf(message.reason));
      return;
    default:
      unreachable(message);
  }
}

/**
 * Commands and pieces in what this returns are views of the reader's bytes. O(size).
 *
 * @throws {HoldfastError} `corrupt`, `truncated`, `too_large`; nothing else, whatever the bytes.
 */
export function readMessage(reader: Reader): Message {
  const type = kinds[reader.u8("kind of a message")];
  if (type === undefined) throw new HoldfastError("corrupt", "a message of no known kind");
  const term = reader.uint("term") as Term;
  switch (type) {
    case "outdated":
    case "timeout_now":
      return { type, term };
    case "pre_vote_request":
      return { type, term, last: readPosition(reader) };
    case "vote_request":
      return { type, term, last: readPosition(reader), isTransfer: readFlag(reader) };
    case "pre_vote_reply":
    case "vote_reply":
      return { type, term, granted: readFlag(reader) };
    case "append": {
      const previous = readPosition(reader);
      const entries = readEntries(reader, previous.index);
      return { type, term, previous, entries, committed: readIndex(reader) };
    }
    case "append_reply":
      return { type, term, match: readIndex(reader) };
    case "append_rejection":
      return { type, term, rejected: readIndex(reader), hint: readPosition(reader) };
    case "heartbeat": {
      const committed = readIndex(reader);
      return { type, term, committed, round: reader.uint("round"), sentMs: readClock(reader) };
    }
    case "heartbeat_reply":
      return { type, term, round: reader.uint("round"), sentMs: readClock(reader) };
    case "install": {
      const snapshot = readSnapshot(reader);
      const offset = reader.uint("offset");
      const bytes = reader.blob("piece", chunkSizeBytesMax);
      return { type, term, snapshot, offset, bytes, isLast: readFlag(reader) };
    }
    case "install_reply": {
      const name = reader.text("name", snapshotNameSizeBytesMax);
      return { type, term, name, offset: reader.uint("offset") };
    }
    case "propose":
      return { type, term, proposals: readProposals(reader) };
    case "proposed":
      return { type, term, id: readId(reader), position: readPosition(reader) };
    case "read_request":
      return { type, term, id: readId(reader) };
    case "read_reply":
      return { type, term, id: readId(reader), index: readIndex(reader) };
    case "refused":
      return { type, term, id: readId(reader), reason: readRefusal(reader) };
    default:
      return unreachable(type);
  }
}

function readEntries(reader: Reader, previous: Index): readonly Entry[] {
  const entries: Entry[] = [];
  for (let left = reader.count("entries", reader.remaining, 3); left > 0; left -= 1) {
    const entry = readEntry(reader);
    if (entry.index !== (entries.at(-1)?.index ?? previous) + 1) {
      throw new HoldfastError("corrupt", `entry ${entry.index} is out of its place`);
    }
    entries.push(entry);
  }
  return entries;
}

function readProposals(reader: Reader): readonly Proposal[] {
  const proposals: Proposal[] = [];
  for (let left = reader.count("proposals", reader.remaining, 2); left > 0; left -= 1) {
    proposals.push({ id: readId(reader), data: reader.blob("command", commandSizeBytesMax) });
  }
  return proposals;
}

function readIndex(reader: Reader): Index {
  return reader.uint("index") as Index;
}

function readId(reader: Reader): RequestId {
  return reader.uint("request") as RequestId;
}

function readRefusal(reader: Reader): Refusal {
  const reason = refusals[reader.u8("reason")];
  if (reason === undefined) throw new HoldfastError("corrupt", "a refusal without a reason");
  return reason;
}

function writeFlag(writer: Writer, flag: boolean): void {
  writer.u8(flag ? 1 : 0);
}

function readFlag(reader: Reader): boolean {
  const flag = reader.u8("flag");
  if (flag > 1) throw new HoldfastError("corrupt", `a flag of ${flag}`);
  return flag === 1;
}

function writeClock(writer: Writer, ms: number): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, ms);
  writer.raw(bytes);
}

function readClock(reader: Reader): number {
  const bytes = reader.raw(8, "clock");
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
}
