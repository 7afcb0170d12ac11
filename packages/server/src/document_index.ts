// Reading a document's keys in one snapshot of the store: its head, which events
// are held, in which chunks, and the chunks.

import { type AgentId, VersionVector } from "@holdfast/causality";
import { type Bundle, type DocumentId, decodeBundle } from "@holdfast/doc";
import { HoldfastError, successor } from "@holdfast/std";
import type { KeyRange, Snapshot } from "@holdfast/store";
import type { Arrival } from "@holdfast/sync";
import {
  arrivalOfLogKey,
  decodeHave,
  decodeHead,
  emptyHead,
  type HaveEntry,
  type Head,
  haveRange,
  haveRangeBefore,
  haveRangeFrom,
  headKey,
  logKey,
  logRange,
} from "./document_keys.ts";

/** A chunk of the log. */
export interface Chunk {
  readonly arrival: Arrival;
  readonly bytes: Uint8Array;
  readonly bundle: Bundle;
}

const haveRowsPerRead = 256;

/** The document's head; {@link emptyHead} where nothing is held. */
export async function readHead(snapshot: Snapshot, document: DocumentId): Promise<Head> {
  const value = await snapshot.get(headKey(document));
  return value === null ? emptyHead : decodeHead(value);
}

/**
 * Which events are held. By K1 that is the last have-entry of each agent, found
 * by stepping backwards from agent to agent. At most O(agents) reads.
 */
export async function readVector(snapshot: Snapshot, document: DocumentId): Promise<VersionVector> {
  const vector = new VersionVector();
  let range = haveRange(document);
  // Few agents have many entries each, which are stepped over; many have one each.
  let limitRows = 1;
  for (;;) {
    const rows = await snapshot.range(range, { limitRows, reverse: true });
    const entries = rows.map((row) => decodeHave(row.key, row.value));
    const last = entries.at(-1);
    if (last === undefined) return vector;
    const { size } = vector;
    for (const { agent, to } of entries) vector.advance(agent, to);
    const allNew = vector.size - size === rows.length;
    limitRows = allNew ? Math.min(2 * limitRows, haveRowsPerRead) : 1;
    range = haveRangeBefore(document, last.agent);
  }
}

/** The entry that holds event `seq` of `agent`, or null where it isn't held. */
export async function readHaveAt(
  snapshot: Snapshot,
  document: DocumentId,
  agent: AgentId,
  seq: number,
): Promise<HaveEntry | null> {
  const [row] = await snapshot.range(haveRangeFrom(document, agent, seq), { limitRows: 1 });
  return row === undefined ? null : decodeHave(row.key, row.value);
}

/** The have-entries in `range`, in order. */
export async function* readHave(
  snapshot: Snapshot,
  range: KeyRange,
): AsyncGenerator<HaveEntry, void> {
  let { start } = range;
  for (;;) {
    const rows = await snapshot.range({ start, end: range.end }, { limitRows: haveRowsPerRead });
    for (const row of rows) yield decodeHave(row.key, row.value);
    if (rows.length < haveRowsPerRead) return;
    start = successor(rows.at(-1)!.key);
  }
}

/**
 * The chunk at `arrival`.
 *
 * @throws {HoldfastError} `corrupt` where it isn't there, although an entry leads to it.
 */
export async function readChunk(
  snapshot: Snapshot,
  document: DocumentId,
  arrival: Arrival,
): Promise<Chunk> {
  const bytes = await snapshot.get(logKey(document, arrival));
  if (bytes === null) {
    throw new HoldfastError("corrupt", `K2: "${document}" has no chunk at arrival ${arrival}`);
  }
  return { arrival, bytes, bundle: decodeBundle(bytes) };
}

/** At most `limitRows` chunks with arrivals from `from` up to and including `last`. */
export async function readLog(
  snapshot: Snapshot,
  document: DocumentId,
  span: { readonly from: number; readonly last: number; readonly limitRows: number },
): Promise<readonly Chunk[]> {
  if (span.from > span.last) return [];
  const range = logRange(document, span.from, span.last);
  const rows = await snapshot.range(range, { limitRows: span.limitRows });
  return rows.map(({ key, value }) => ({
    arrival: arrivalOfLogKey(key),
    bytes: value,
    bundle: decodeBundle(value),
  }));
}
