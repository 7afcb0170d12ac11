// Compaction: many small chunks of a document's log become few large ones.
//
// Problem: a keystroke can be a chunk of its own. A hundred thousand of them are
// slow to read, and their envelopes outweigh what was typed.
// Method: behind a mark that only moves forward, chunks are merged in groups.
// Plain payloads are decoded and written anew, as few long runs; where one does
// not decode, and where they are sealed, envelopes are joined and payloads kept.
// The last chunk before the mark takes part again while it is small. Everything
// about a group happens in one transaction. Appends go on meanwhile: they touch no
// key that is read here.
//
//   arrivals   1 2 3 4 5 6 7 8            1 2 3 4 5 6 7 8
//   chunks     C C c c c c c c    -->     C C . . . C . c      mark at 8
//                  ^mark
//
// Invariants
//   C1  No event is lost: the merged chunks hold every event of those they replace.
//   C2  A merged chunk stands at the last arrival of those it replaces; so who
//       goes on reading after any arrival still gets all that came after it.
//   C3  Merging replaces neighbours, in order; so K1, K2 and K3 hold afterwards.

import type { AgentId, EventRun } from "@holdfast/causality";
import { type DocumentId, decodeBundle } from "@holdfast/doc";
import { assert } from "@holdfast/std";
import type { Store, Transaction } from "@holdfast/store";
import type { Arrival } from "@holdfast/sync";
import { mergePieces, type Piece } from "./chunk_packing.ts";
import { type Chunk, readHave, readHead, readLog } from "./document_index.ts";
import {
  decodeTidy,
  encodeHave,
  encodeTidy,
  type HaveEntry,
  haveKey,
  haveRangeWithin,
  logKey,
  tidyKey,
} from "./document_keys.ts";
import { covers, unionOf } from "./run_union.ts";

/** From this size on a merged chunk takes part in no further merge. */
const fullSizeBytes = 32_768;
/** Most chunks that one transaction merges. */
const groupChunksMax = 64;
/** Most bytes of chunks that one transaction merges: it holds up everything else meanwhile. */
const groupSizeBytesMax = 524_288;

/** Chunks, and what replaces them. */
interface Merge {
  readonly chunks: readonly Chunk[];
  readonly merged: Piece;
}

/**
 * Merges what was appended to `document` since the last time. Costs time by the
 * bytes of that; every event is rewritten a bounded number of times.
 *
 * @throws {HoldfastError} `cancelled` when `signal` aborts, between two steps; what the store throws.
 */
export async function compactDocument(
  store: Store,
  document: DocumentId,
  signal?: AbortSignal,
): Promise<void> {
  const { arrival: last } = await store.read((snapshot) => readHead(snapshot, document));
  const options = { priority: "batch", ...(signal === undefined ? {} : { signal }) } as const;
  for (let mark = 0; mark < last; ) {
    const { value } = await store.transact((tx) => compactGroup(tx, document, last), options);
    assert(value > mark, "C3: the mark of a compaction did not move");
    mark = value;
  }
}

/** Merges one group after the mark. Returns the new mark, `last` where there is nothing to do. */
async function compactGroup(
  tx: Transaction,
  document: DocumentId,
  last: Arrival,
): Promise<Arrival> {
  const value = await tx.get(tidyKey(document));
  const mark = value === null ? 0 : decodeTidy(value);
  if (mark >= last) return last;
  const group = takeGroup(
    await readLog(tx, document, { from: mark, last, limitRows: groupChunksMax }),
    mark,
  );
  const end = group.at(-1)?.arrival;
  if (end === undefined) return last;
  await replace(tx, document, mergeAll(group));
  tx.set(tidyKey(document), encodeTidy(end));
  return end;
}

/** As many of the first chunks as one transaction may merge; that at the mark only while it is small. */
function takeGroup(chunks: readonly Chunk[], mark: number): readonly Chunk[] {
  const group: Chunk[] = [];
  let sizeBytes = 0;
  for (const chunk of chunks) {
    if (chunk.arrival === mark && chunk.bytes.length >= fullSizeBytes) continue;
    sizeBytes += chunk.bytes.length;
    if (group.length > 1 && sizeBytes > groupSizeBytesMax) break;
    group.push(chunk);
  }
  return group;
}

/** Merges `chunks` into one where that fits the limit, else halves of them. */
function mergeAll(chunks: readonly Chunk[]): readonly Merge[] {
  const merged = mergePieces(chunks);
  const [only] = merged;
  if (only !== undefined && merged.length === 1) return [{ chunks, merged: only }];
  if (chunks.length === 1) return [];
  const middle = Math.ceil(chunks.length / 2);
  return [...mergeAll(chunks.slice(0, middle)), ...mergeAll(chunks.slice(middle))];
}

async function replace(
  tx: Transaction,
  document: DocumentId,
  merges: readonly Merge[],
): Promise<void> {
  const moved = new Map<Arrival, Arrival>();
  for (const { chunks, merged } of merges) {
    const target = chunks.at(-1)!.arrival;
    requireNothingLost(chunks, merged);
    for (const { arrival } of chunks) {
      moved.set(arrival, target);
      if (arrival !== target) tx.clear(logKey(document, arrival));
    }
    tx.set(logKey(document, target), merged.bytes);
  }
  const chunks = merges.flatMap((merge) => merge.chunks);
  for (const run of spans(chunks)) await moveEntries(tx, document, run, moved);
}

/** Lets the have-entries within `run` lead to where their events are now, joining neighbours. */
async function moveEntries(
  tx: Transaction,
  document: DocumentId,
  run: EventRun,
  moved: ReadonlyMap<Arrival, Arrival>,
): Promise<void> {
  const kept: HaveEntry[] = [];
  for await (const entry of readHave(tx, haveRangeWithin(document, run))) {
    const arrival = moved.get(entry.arrival);
    if (arrival === undefined) continue;
    const before = kept.at(-1);
    if (before?.arrival === arrival && before.to === entry.from) {
      tx.clear(haveKey(document, before.agent, before.to));
      kept[kept.length - 1] = { ...before, to: entry.to };
    } else {
      kept.push({ ...entry, arrival });
    }
  }
  for (const entry of kept) tx.set(haveKey(document, entry.agent, entry.to), encodeHave(entry));
}

/** For each agent of `chunks`, from its first event in them to its last. */
function spans(chunks: readonly Chunk[]): readonly EventRun[] {
  const byAgent = new Map<AgentId, EventRun>();
  for (const run of runsOf(chunks)) {
    const span = byAgent.get(run.agent) ?? run;
    byAgent.set(run.agent, {
      agent: run.agent,
      from: Math.min(span.from, run.from),
      to: Math.max(span.to, run.to),
    });
  }
  return [...byAgent.values()];
}

function runsOf(pieces: readonly Piece[]): readonly EventRun[] {
  return pieces.flatMap(({ bundle }) => bundle.sections.flatMap((section) => section.runs));
}

function requireNothingLost(chunks: readonly Chunk[], merged: Piece): void {
  // Read back from the bytes: what is asserted is what will be stored.
  const { sections } = decodeBundle(merged.bytes);
  const union = unionOf(sections.flatMap((section) => section.runs));
  for (const run of runsOf(chunks)) {
    assert(covers(union, run), `C1: compaction lost events of ${run.agent}`);
  }
}
