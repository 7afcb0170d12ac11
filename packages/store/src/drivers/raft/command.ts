// What the replicas of a store agree on: one group of commits, as bytes; or that they
// compare their rows as they are then, which is u8 1 alone (see checker.ts).
//
//   u8 0                        the format; 2 where the group is to be kept as history
//   uint count, then each token: u8 1 and 16 bytes, or u8 0 where its session is that of
//     the token before; uint sequence, uint answered, uint version
//   of format 0                 the rest is the group, see ../../commit_record.ts
//   of format 2                 uint wall clock in ms, uint bytes to keep, uint 0 or 1 + ms
//     to keep, 16 bytes identity, uint count (1 or more), then each commit of the group: blob
//
// How much history is kept stands in each command, so that all replicas keep the same.

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import {
  type CommitRecord,
  lengthsSizeBytes,
  viewCommit,
  writeCommit,
} from "../../commit_record.ts";
import type { CommittedToken } from "../../commit_token.ts";
import type { RecordedGroup } from "../../history/history_keeper.ts";
import { historyIdentitySizeBytes } from "../../history/history_record.ts";
import type { CommitVersion } from "../../store.ts";
import { WriteSet } from "../../write_set.ts";
import { readSession, writeSession } from "./sessions.ts";

const format = 0;
const checkFormat = 1;
const recordedFormat = 2;
const tokensMax = 1_000_000;
const tokenSizeBytesMin = 4;
const commitSizeBytesMin = 4;
/** Of a token with its session: about so many. */
const tokenSizeBytes = 40;

/** See the head of this file. */
export interface Command extends CommitRecord {
  readonly tokens: readonly CommittedToken[];
  /** The group commit by commit, and on what terms it is kept; null where it is not. */
  readonly recorded: Recorded | null;
}

/** What a command says of the history. */
export interface Recorded
  extends Pick<RecordedGroup, "commits" | "wallMs" | "keepBytes" | "keepMs"> {
  /** What the history is called, where it begins with this command. */
  readonly identity: Uint8Array;
}

/** O(size). */
export function encodeCommand(command: Command): Uint8Array {
  const { writes, tokens, recorded } = command;
  const { sizeBytes, points } = writes;
  const rowsSizeBytes = sizeBytes + points.size * lengthsSizeBytes;
  const writer = new Writer(rowsSizeBytes + tokens.length * tokenSizeBytes + 64);
  writer.u8(recorded === null ? format : recordedFormat).uint(tokens.length);
  let last = "";
  for (const token of tokens) {
    const { session, sequence, answered, version } = token;
    writer.u8(session === last ? 0 : 1);
    if (session !== last) writeSession(writer, session);
    last = session;
    writer.uint(sequence).uint(answered).uint(version);
  }
  if (recorded === null) writeCommit(writer, command);
  else writeRecorded(writer, recorded);
  return writer.view();
}

/** Values in it are views of `bytes`. @throws {HoldfastError} `unsupported_version`, `corrupt`, `truncated`, `too_large`. */
export function decodeCommand(bytes: Uint8Array): Command {
  const reader = new Reader(bytes);
  const found = reader.u8("format of a command");
  if (found !== format && found !== recordedFormat) {
    throw new HoldfastError("unsupported_version", `a command of format ${found}`);
  }
  const tokens: CommittedToken[] = [];
  let session = "";
  for (let left = reader.count("tokens", tokensMax, tokenSizeBytesMin); left > 0; left -= 1) {
    if (reader.u8("new session") === 1) session = readSession(reader);
    const sequence = reader.uint("sequence");
    const answered = reader.uint("answered");
    const version = reader.uint("version") as CommitVersion;
    if (session === "" || sequence <= answered) throw new HoldfastError("corrupt", "a token");
    tokens.push({ session, sequence, answered, version });
  }
  if (found === recordedFormat) return { ...readRecorded(reader, bytes.length), tokens };
  const { version, writes } = viewCommit(bytes.subarray(reader.offset));
  return { version, writes, tokens, recorded: null };
}

function writeRecorded(writer: Writer, recorded: Recorded): void {
  const { wallMs, keepBytes, keepMs, identity, commits } = recorded;
  writer.uint(wallMs).uint(keepBytes);
  writer.uint(keepMs === null ? 0 : 1 + keepMs);
  writer.raw(identity).uint(commits.length);
  for (const commit of commits) writer.blob(commit);
}

/** What the group writes is what its commits add up to, in order. */
function readRecorded(reader: Reader, sizeBytes: number): Omit<Command, "tokens"> {
  const wallMs = reader.uint("wall clock");
  const keepBytes = reader.uint("bytes to keep");
  const keep = reader.uint("time to keep");
  const identity = reader.raw(historyIdentitySizeBytes, "identity of the history").slice();
  const commits: Uint8Array[] = [];
  const writes = new WriteSet();
  let version = 0 as CommitVersion;
  for (let left = reader.count("commits", sizeBytes, commitSizeBytesMin); left > 0; left -= 1) {
    const encoded = reader.blob("commit", sizeBytes);
    const commit = viewCommit(encoded);
    if (commit.version <= version) throw new HoldfastError("corrupt", "commits out of order");
    version = commit.version;
    writes.absorb(commit.writes);
    commits.push(encoded);
  }
  reader.end("a command");
  if (keepBytes === 0 || version === 0) throw new HoldfastError("corrupt", "a history of nothing");
  const keepMs = keep === 0 ? null : keep - 1;
  return { version, writes, recorded: { wallMs, keepBytes, keepMs, identity, commits } };
}

/** The bytes of a check. */
export function encodeCheck(): Uint8Array {
  return Uint8Array.of(checkFormat);
}

/** Whether `bytes` are a check, and so no command that can be read. */
export function isCheck(bytes: Uint8Array): boolean {
  return bytes.length === 1 && bytes[0] === checkFormat;
}
