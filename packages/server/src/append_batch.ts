// Taking in a batch of bundles of one document, in one transaction.
//
// All that waits for a document goes in together: one head, one chunk for each
// 64 KiB, one have-entry for each agent and chunk. So a thousand keystrokes that
// arrive while a commit is under way cost a few writes and one sync of the disk.

import {
  type AgentId,
  type EventRun,
  type VersionVector,
  vectorAgentsMax,
} from "@holdfast/causality";
import {
  type Bundle,
  bundleSizeBytesMax,
  contradiction,
  type DocumentId,
  encodeBundle,
} from "@holdfast/doc";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Transaction } from "@holdfast/store";
import type { Arrival, Sender } from "@holdfast/sync";
import { type Piece, packPieces } from "./chunk_packing.ts";
import {
  encodeHave,
  encodeHead,
  type HaveEntry,
  type Head,
  haveKey,
  headKey,
  logKey,
} from "./document_keys.ts";
import { findEquivocation } from "./equivocation.ts";
import { HeldEvents } from "./judgement.ts";

/** What is held of a document, as of one version of the store. */
export interface DocumentState {
  readonly head: Head;
  readonly vector: VersionVector;
}

/** A bundle, and who offers it. */
export interface OfferedPiece extends Piece {
  readonly sender: Sender | null;
}

/** What became of one bundle of a batch. */
export type BatchOutcome =
  | { readonly type: "stored" | "known" | "missing_dependency" }
  | { readonly type: "equivocation"; readonly run: EventRun }
  | { readonly type: "invalid"; readonly error: HoldfastError };

/** What a batch came to. */
export interface BatchResult {
  /** One for each of the first bundles; those after them wait for another batch. */
  readonly outcomes: readonly BatchOutcome[];
  /** What is held afterwards. */
  readonly state: DocumentState;
  /** How many chunks were written. */
  readonly chunks: number;
}

/**
 * Judges `offers` in turn and writes what is new; each builds on those before it.
 * Has no effect but on `tx`.
 *
 * @param state - What the snapshot of `tx` holds of the document; not changed.
 */
export async function appendBatch(
  tx: Transaction,
  document: DocumentId,
  state: DocumentState,
  offers: readonly OfferedPiece[],
): Promise<BatchResult> {
  const held = new HeldEvents(state.vector);
  const outcomes: BatchOutcome[] = [];
  const accepted: Piece[] = [];
  // Kept with the senders once the batch is committed.
  const contradicted = new Map<Sender | null, EventRun>();
  for (const offer of offers) {
    const { sender } = offer;
    const contradiction = sender?.contradiction ?? contradicted.get(sender) ?? null;
    if (contradiction !== null) {
      outcomes.push({ type: "equivocation", run: contradiction });
      continue;
    }
    const judgement = held.judge(offer.bundle);
    if (judgement.type === "later") break;
    if (judgement.type === "missing") {
      outcomes.push({ type: "missing_dependency" });
      continue;
    }
    const { sections, shared, repeats } = judgement;
    const refusal = await compare(tx, offer.bundle, shared, repeats);
    if (refusal !== null) {
      outcomes.push(refusal);
      if (sender !== null && refusal.type === "equivocation") contradicted.set(sender, refusal.run);
    } else if (sections.length === 0) {
      outcomes.push({ type: "known" });
    } else if (held.agentsWith(sections) > vectorAgentsMax) {
      // Nobody could read the vector of what is held.
      const sentence = `"${document}" has ${vectorAgentsMax} writers, and no room for more`;
      outcomes.push({ type: "invalid", error: new HoldfastError("overloaded", sentence) });
    } else {
      for (const section of sections) for (const run of section.runs) held.add(run);
      accepted.push(keep(offer, { document, sections }));
      outcomes.push({ type: "stored" });
    }
  }
  if (accepted.length === 0) return { outcomes, state, chunks: 0 };
  const chunks = packPieces(accepted);
  const head = {
    arrival: (state.head.arrival + chunks.length) as Arrival,
    events: state.head.events + held.addedEvents,
  };
  writeChunks(tx, document, state, chunks);
  tx.set(headKey(document), encodeHead(head));
  return { outcomes, state: { head, vector: held.total() }, chunks: chunks.length };
}

async function compare(
  tx: Transaction,
  bundle: Bundle,
  shared: readonly EventRun[],
  repeats: boolean,
): Promise<BatchOutcome | null> {
  if (shared.length === 0 && !repeats) return null;
  try {
    const run =
      (repeats ? contradiction(bundle) : null) ??
      (await findEquivocation(tx, bundle.document, bundle, shared));
    return run === null ? null : { type: "equivocation", run };
  } catch (error) {
    if (isHoldfastError(error, "corrupt", "truncated", "too_large", "invalid_operation")) {
      return { type: "invalid", error };
    }
    throw error;
  }
}

function keep(offer: Piece, kept: Bundle): Piece {
  if (kept.sections.length === offer.bundle.sections.length) return offer;
  const bytes = encodeBundle(kept);
  return bytes.length > bundleSizeBytesMax ? offer : { bundle: kept, bytes };
}

function writeChunks(
  tx: Transaction,
  document: DocumentId,
  state: DocumentState,
  chunks: readonly Piece[],
): void {
  const held = new HeldEvents(state.vector);
  for (const [index, chunk] of chunks.entries()) {
    const arrival = (state.head.arrival + index + 1) as Arrival;
    tx.set(logKey(document, arrival), chunk.bytes);
    const entries = new Map<AgentId, HaveEntry>();
    for (const section of chunk.bundle.sections) {
      for (const { agent, from, to } of section.runs) {
        const first = held.add({ agent, from, to });
        if (to <= first) continue;
        entries.set(agent, { agent, from: entries.get(agent)?.from ?? first, to, arrival });
      }
    }
    for (const entry of entries.values()) {
      tx.set(haveKey(document, entry.agent, entry.to), encodeHave(entry));
    }
  }
}
