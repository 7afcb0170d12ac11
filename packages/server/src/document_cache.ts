// What is held of the documents that were used last, so that an append need not
// read a version vector from the store.
//
// An entry is never believed: each transaction reads the document's head, and
// takes the cached vector only where the arrivals are equal (K4). So any number of
// processes may write to one store.

import type { DocumentId } from "@holdfast/doc";
import type { Snapshot } from "@holdfast/store";
import type { DocumentState } from "./append_batch.ts";
import { readHead, readLog, readVector } from "./document_index.ts";
import type { Head } from "./document_keys.ts";

/** Most documents whose vectors are kept in memory. */
export const documentsCachedMax = 1_024;

/** From this many new chunks on, the vector is read anew rather than brought up to date. */
const chunksBehindMax = 32;

/** Vectors of documents, the least recently used forgotten first. */
export class DocumentCache {
  readonly #states = new Map<DocumentId, DocumentState>();

  /** How many documents are cached. */
  get size(): number {
    return this.#states.size;
  }

  /** What `snapshot` holds of `document`. The vector is shared: copy it before changing it. */
  async load(snapshot: Snapshot, document: DocumentId): Promise<DocumentState> {
    const head = await readHead(snapshot, document);
    const known = this.#states.get(document);
    if (known?.head.arrival === head.arrival) {
      this.put(document, known);
      return known;
    }
    const state = { head, vector: await readNewVector(snapshot, document, head, known) };
    if (known === undefined || known.head.arrival < head.arrival) this.put(document, state);
    return state;
  }

  /** Remembers what is held of `document`. */
  put(document: DocumentId, state: DocumentState): void {
    this.#states.delete(document);
    this.#states.set(document, state);
    if (this.#states.size <= documentsCachedMax) return;
    const [oldest] = this.#states.keys();
    if (oldest !== undefined) this.#states.delete(oldest);
  }
}

async function readNewVector(
  snapshot: Snapshot,
  document: DocumentId,
  head: Head,
  known: DocumentState | undefined,
) {
  const behind = known === undefined ? Number.POSITIVE_INFINITY : head.arrival - known.head.arrival;
  if (known === undefined || behind < 0 || behind > chunksBehindMax) {
    return readVector(snapshot, document);
  }
  const vector = known.vector.clone();
  const span = { from: known.head.arrival + 1, last: head.arrival, limitRows: chunksBehindMax };
  for (const chunk of await readLog(snapshot, document, span)) {
    for (const section of chunk.bundle.sections) {
      for (const run of section.runs) vector.advance(run.agent, run.to);
    }
  }
  return vector;
}
