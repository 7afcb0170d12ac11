// Events as the file keeps them: their text, their operations and their graph, each a
// set of columns, all coded by one coder.
//
// Layout (integers as in @holdfast/std's codec):
//   uint  bytes of the inserted text as UTF-8
//   uint  bytes of the inserted values               where a container is a list
//   coded bits, to the end:
//     which text is left out         omitted_text.ts
//     the inserted text              content_columns.ts
//     the operations                 operation_columns.ts
//     the graph                      graph_columns.ts
//
// The inserted text is that of all inserts into texts, in the order of their events, less what is
// left out; the values of all inserts into lists stand behind it, likewise. `n` bytes of coded bits hold at most 4,096 + 255 n bytes of both: a writer
// whose copies would make more of them does without copies.

import type { AgentId, LocalRange } from "@holdfast/causality";
import { concatBytes, decodeUtf8, encodeUtf8, HoldfastError, Reader, Writer } from "@holdfast/std";
import { isListId } from "../content/container.ts";
import { documentSizeBytesMax } from "../content/limits.ts";
import { isHighSurrogate } from "../content/surrogates.ts";
import { ValueLog } from "../content/value_log.ts";
import type { History } from "../history/history.ts";
import { noValues } from "../history/operation.ts";
import { BitDecoder, BitEncoder } from "./bit_coder.ts";
import { decodeContent, encodeContent } from "./content_columns.ts";
import { decodeGraph, encodeGraph } from "./graph_columns.ts";
import {
  decodeOmitted,
  encodeOmitted,
  insertedText,
  omittedEvents,
  wholeText,
} from "./omitted_text.ts";
import { decodeOperations, encodeOperations } from "./operation_columns.ts";

const expansionStart = 4_096;
const expansionMax = 255;

/** Who and what the events of a log name, by number. */
export interface LogNames {
  readonly agents: readonly AgentId[];
  readonly containers: readonly string[];
}

/** What to write. */
export interface LogPart {
  /** To the end of the history. */
  readonly range: LocalRange;
  readonly names: LogNames;
  /** Bytes that inserted text may be copied from. */
  readonly base: Uint8Array;
  /** Inserts whose text is left out, in order, apart. */
  readonly omitted: readonly LocalRange[];
}

/**
 * Who and what the events of `range` name, each in order of first use.
 * O(entries and rows of the range).
 */
export function logNames({ graph, operations }: History, range: LocalRange): LogNames {
  const agents = new Set<AgentId>();
  const containers = new Set<string>();
  for (let at = range.start; at < range.end; ) {
    const entry = graph.entryAt(at);
    agents.add(entry.agent);
    at = entry.end;
  }
  for (const row of operations.rows(range)) if (row.type !== "merge") containers.add(row.container);
  return { agents: [...agents], containers: [...containers] };
}

/**
 * Writes events. O(them, and the base).
 *
 * @throws {HoldfastError} `too_large` where their text is over {@link documentSizeBytesMax}.
 */
export function encodeLog(history: History, part: LogPart): Uint8Array {
  const inserted = insertedText(history.operations, part.range, part.omitted);
  const text = encodeUtf8(inserted.known);
  const hasLists = part.names.containers.some(isListId);
  const content = hasLists
    ? concatBytes([text, history.operations.valuesSince(part.range.start).bytes()])
    : text;
  if (content.length > documentSizeBytesMax) {
    throw new HoldfastError("too_large", `inserted text over ${documentSizeBytesMax} bytes`);
  }
  const encode = (isPlain: boolean): Uint8Array => {
    const coder = new BitEncoder();
    encodeOmitted(coder, inserted.omitted);
    encodeContent(coder, part.base, content, isPlain);
    const rows = history.operations.rows(part.range);
    encodeOperations(coder, rows, numbered(part.names.containers));
    encodeGraph(coder, history, part.range, numbered(part.names.agents));
    return coder.finish();
  };
  const copied = encode(false);
  const coded = content.length > contentSizeBytesMax(copied) ? encode(true) : copied;
  const writer = new Writer(coded.length + 16).uint(text.length);
  if (hasLists) writer.uint(content.length - text.length);
  return writer.raw(coded).finish();
}

/** What to read a log into. */
export interface LogTarget {
  readonly history: History;
  readonly names: LogNames;
  /** How many events. */
  readonly count: number;
  /** As for writing. */
  readonly base: Uint8Array;
}

/**
 * Reads what {@link encodeLog} wrote, to the end of a history.
 *
 * @returns Inserts whose text was left out; `unknownUnit` stands in its place.
 * @throws {HoldfastError} `corrupt` or another code for bytes that are wrong; the history
 *   may then have some events too many, and not the same of all sorts.
 */
export function decodeLog(bytes: Uint8Array, target: LogTarget): readonly LocalRange[] {
  const { history, names, count, base } = target;
  const { operations, graph } = history;
  const start = graph.size;
  const reader = new Reader(bytes);
  const textSizeBytes = reader.uint("inserted text", documentSizeBytesMax);
  const hasLists = names.containers.some(isListId);
  const sizeBytes =
    textSizeBytes + (hasLists ? reader.uint("inserted values", documentSizeBytesMax) : 0);
  const coded = reader.raw(reader.remaining, "coded bits");
  if (sizeBytes > contentSizeBytesMax(coded)) {
    throw new HoldfastError("corrupt", "inserted text is longer than its log can hold");
  }
  const coder = new BitDecoder(coded);
  const omitted = decodeOmitted(coder);
  const inserted = decodeContent(coder, base, sizeBytes);
  const known = decodeUtf8(inserted.subarray(0, textSizeBytes));
  const content = wholeText(known, omitted);
  const values = hasLists ? ValueLog.read(inserted.subarray(textSizeBytes)) : noValues;
  decodeOperations(coder, { operations, containers: names.containers, content, values, count });
  const isWhole = (lv: number): boolean => !isHighSurrogate(operations.unit(lv) ?? 0);
  decodeGraph(coder, { graph, agents: names.agents, count, isWhole });
  coder.end();
  return omittedEvents(operations, start, omitted);
}

function contentSizeBytesMax(coded: Uint8Array): number {
  return expansionStart + expansionMax * coded.length;
}

function numbered<Name>(names: readonly Name[]): ReadonlyMap<Name, number> {
  return new Map(names.map((name, index) => [name, index]));
}
