// What the replicas of a store agree on: one group of commits, as bytes.
//
//   u8 0                        the format
//   uint count, then each token: 16 bytes, uint sequence, uint answered, uint version
//   the rest                    the group, see ../../commit_record.ts

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { type CommitRecord, decodeCommit, encodeCommit } from "../../commit_record.ts";
import type { CommittedToken } from "../../commit_token.ts";
import type { CommitVersion } from "../../store.ts";
import { readToken, writeToken } from "./sessions.ts";

const format = 0;
const tokensMax = 1_000_000;
const tokenSizeBytesMin = 19;

/** See the head of this file. */
export interface Command extends CommitRecord {
  readonly tokens: readonly CommittedToken[];
}

/** O(size). */
export function encodeCommand(command: Command): Uint8Array {
  const record = encodeCommit(command);
  const writer = new Writer(record.length + command.tokens.length * 28 + 8);
  writer.u8(format).uint(command.tokens.length);
  for (const token of command.tokens) {
    writeToken(writer, token);
    writer.uint(token.version);
  }
  return writer.raw(record).finish();
}

/** @throws {HoldfastError} `unsupported_version`, `corrupt`, `truncated`, `too_large`. */
export function decodeCommand(bytes: Uint8Array): Command {
  const reader = new Reader(bytes);
  const found = reader.u8("format of a command");
  if (found !== format)
    throw new HoldfastError("unsupported_version", `a command of format ${found}`);
  const tokens: CommittedToken[] = [];
  for (let left = reader.count("tokens", tokensMax, tokenSizeBytesMin); left > 0; left -= 1) {
    const token = readToken(reader);
    tokens.push({ ...token, version: reader.uint("version") as CommitVersion });
  }
  return { ...decodeCommit(bytes.subarray(reader.offset)), tokens };
}
