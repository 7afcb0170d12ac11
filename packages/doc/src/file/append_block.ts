// Blocks behind the snapshot of a document file: what happened since it was written.
//
// Layout (integers and text as in @holdfast/std's codec):
//   u8   0x41
//   u32  bytes of the content
//   u32  CRC-32C of these five bytes
//   content:
//     uint  events before the first one of the block
//     uint  events, at least 1
//     uint  agents, 16 bytes each; uint containers, as container.ts writes them: as the block
//           first names them
//     log   as log_block.ts, to the end; text is copied from the block's own only
//   u32  CRC-32C of the content
//
// A writer makes a block durable before it appends the next. So a block that is not right,
// at offset `p`, was torn off by a crash, and is none, where no right beginning of a
// block (the first nine bytes) stands anywhere behind `p`; else it had been durable, and the
// file is corrupt. A last block that was damaged once it was durable looks torn.

import {
  type AgentId,
  agentFromBytes,
  agentSizeBytes,
  agentToBytes,
  eventsMax,
  type LocalRange,
  vectorAgentsMax,
} from "@holdfast/causality";
import { crc32c, HoldfastError, Reader, Writer } from "@holdfast/std";
import { readContainer, writeContainer } from "../content/container.ts";
import { containersMax, documentSizeBytesMax } from "../content/limits.ts";
import type { History } from "../history/history.ts";
import { decodeLog, encodeLog, logNames } from "./log_block.ts";

const mark = 0x41;
const beginningSizeBytes = 9;
const checksumSizeBytes = 4;
const nothing = new Uint8Array(0);

/**
 * Writes the events from number `since` on, of which there are some.
 *
 * @throws {HoldfastError} `too_large` over `documentSizeBytesMax`.
 */
export function encodeAppendBlock(history: History, since: number): Uint8Array {
  const range = { start: since, end: history.size };
  const names = logNames(history, range);
  const content = new Writer()
    .uint(since)
    .uint(range.end - since)
    .uint(names.agents.length);
  for (const agent of names.agents) content.raw(agentToBytes(agent));
  content.uint(names.containers.length);
  for (const id of names.containers) writeContainer(content, id);
  const omitted = history.omittedSince(since);
  content.raw(encodeLog(history, { range, names, base: nothing, omitted }));
  if (content.sizeBytes > documentSizeBytesMax) {
    throw new HoldfastError("too_large", `block over ${documentSizeBytesMax} bytes`);
  }
  const writer = new Writer(content.sizeBytes + beginningSizeBytes + checksumSizeBytes);
  writer.u8(mark).u32(content.sizeBytes);
  writer.u32(crc32c(writer.view()));
  return writer.raw(content.view()).u32(crc32c(content.view())).finish();
}

/** Blocks at the end of a file. */
export interface AppendedBlocks {
  /** Those that are whole. */
  readonly blocks: readonly AppendBlock[];
  /** Where they end; less than the file's end where a block was torn. */
  readonly end: number;
}

/** A block whose checksum is right. */
export interface AppendBlock {
  readonly events: number;
  /** What names there are, and the log, not read yet. */
  readonly rest: Uint8Array;
}

/**
 * Finds the blocks of a file from `start` on, behind `size` events. O(bytes).
 *
 * @throws {HoldfastError} `corrupt` where what was durable is damaged.
 */
export function findBlocks(bytes: Uint8Array, start: number, size: number): AppendedBlocks {
  const blocks: AppendBlock[] = [];
  let at = start;
  let next = size;
  while (at < bytes.length) {
    const content = contentAt(bytes, at);
    if (content === null) {
      if (hasBeginning(bytes, at + 1)) throw corrupt("is damaged before its end");
      return { blocks, end: at };
    }
    const reader = new Reader(content);
    const since = reader.uint("events before a block", eventsMax);
    const events = reader.uint("events of a block", eventsMax - next);
    if (since !== next || events === 0) throw corrupt("has a block that does not follow");
    blocks.push({ events, rest: content.subarray(reader.offset) });
    next += events;
    at += beginningSizeBytes + content.length + checksumSizeBytes;
  }
  return { blocks, end: at };
}

/**
 * Reads a block to the end of the history, which holds what comes before.
 *
 * @returns Inserts whose text was left out.
 * @throws {HoldfastError} As `decodeLog`.
 */
export function decodeAppendBlock(history: History, block: AppendBlock): readonly LocalRange[] {
  const reader = new Reader(block.rest);
  const agents: AgentId[] = [];
  const agentCount = reader.count("agents of a block", vectorAgentsMax, agentSizeBytes);
  for (let index = 0; index < agentCount; index += 1) {
    agents.push(agentFromBytes(reader.raw(agentSizeBytes, "agent of a block")));
  }
  const containers: string[] = [];
  const containerCount = reader.count("containers of a block", containersMax, 2);
  for (let index = 0; index < containerCount; index += 1) containers.push(readContainer(reader));
  const log = reader.raw(reader.remaining, "log of a block");
  const names = { agents, containers };
  return decodeLog(log, { history, names, count: block.events, base: nothing });
}

function contentAt(bytes: Uint8Array, at: number): Uint8Array | null {
  if (!isBeginning(bytes, at)) return null;
  const length = new Reader(bytes.subarray(at + 1)).u32("length of a block");
  const start = at + beginningSizeBytes;
  if (length + checksumSizeBytes > bytes.length - start) return null;
  const content = bytes.subarray(start, start + length);
  const checksum = new Reader(bytes.subarray(start + length)).u32("checksum of a block");
  return crc32c(content) === checksum ? content : null;
}

function isBeginning(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== mark || bytes.length - at < beginningSizeBytes) return false;
  const checksum = new Reader(bytes.subarray(at + 5)).u32("checksum of a beginning");
  return crc32c(bytes.subarray(at, at + 5)) === checksum;
}

function hasBeginning(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length; at += 1) if (isBeginning(bytes, at)) return true;
  return false;
}

function corrupt(problem: string): HoldfastError {
  return new HoldfastError("corrupt", `document file ${problem}`);
}
