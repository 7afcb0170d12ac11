// What the replicas of a store agree on: one group of commits, as bytes; or that they
// compare their rows as they are then, which is u8 1 alone (see checker.ts).
//
//   u8 0                        the format
//   uint count, then each token: u8 1 and 16 bytes, or u8 0 where its session is that of
//     the token before; uint sequence, uint answered, uint version
//   the rest                    the group, see ../../commit_record.ts

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import {
  type CommitRecord,
  lengthsSizeBytes,
  viewCommit,
  writeCommit,
} from "../../commit_record.ts";
import type { CommittedToken } from "../../commit_token.ts";
import type { CommitVersion } from "../../store.ts";
import { readSession, writeSession } from "./sessions.ts";

const format = 0;
const checkFormat = 1;
const tokensMax = 1_000_000;
const tokenSizeBytesMin = 4;
/** Of a token with its session: about so many. */
const tokenSizeBytes = 40;

/** See the head of this file. */
export interface Command extends CommitRecord {
  readonly tokens: readonly CommittedToken[];
}

/** O(size). */
export function encodeCommand(command: Command): Uint8Array {
  const { sizeBytes, points } = command.writes;
  const rowsSizeBytes = sizeBytes + points.size * lengthsSizeBytes;
  const writer = new Writer(rowsSizeBytes + command.tokens.length * tokenSizeBytes + 64);
  writer.u8(format).uint(command.tokens.length);
  let last = "";
  for (const token of command.tokens) {
    const { session, sequence, answered, version } = token;
    writer.u8(session === last ? 0 : 1);
    if (session !== last) writeSession(writer, session);
    last = session;
    writer.uint(sequence).uint(answered).uint(version);
  }
  writeCommit(writer, command);
  return writer.view();
}

/** Values in it are views of `bytes`. @throws {HoldfastError} `unsupported_version`, `corrupt`, `truncated`, `too_large`. */
export function decodeCommand(bytes: Uint8Array): Command {
  const reader = new Reader(bytes);
  const found = reader.u8("format of a command");
  if (found !== format)
    throw new HoldfastError("unsupported_version", `a command of format ${found}`);
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
  const { version, writes } = viewCommit(bytes.subarray(reader.offset));
  return { version, writes, tokens };
}

/** The bytes of a check. */
export function encodeCheck(): Uint8Array {
  return Uint8Array.of(checkFormat);
}

/** Whether `bytes` are a check, and so no command that can be read. */
export function isCheck(bytes: Uint8Array): boolean {
  return bytes.length === 1 && bytes[0] === checkFormat;
}
