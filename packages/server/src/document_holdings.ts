// Documents on a store: what the server gives to sync as its holdings.
//
// An append is judged, joined with whatever else waits for its document, and
// acknowledged when the store's commit is durable. Readers follow the log by
// arrival. Plain payloads are held against their envelopes before they are kept,
// and decoded where events are offered again in another cut, and by compaction;
// sealed ones never.

import type { VersionVector } from "@holdfast/causality";
import { type Bundle, type DocumentId, encodeBundle } from "@holdfast/doc";
import { HoldfastError } from "@holdfast/std";
import type { Snapshot, Store } from "@holdfast/store";
import type { AppendOutcome, Arrival, HeldBundle, Holdings, Sender } from "@holdfast/sync";
import { Compactor } from "./compactor.ts";
import { DocumentCache } from "./document_cache.ts";
import { type Chunk, readHaveAt, readLog } from "./document_index.ts";
import { DocumentQueue } from "./document_queue.ts";
import { DocumentWatches } from "./document_watch.ts";

/** Chunks that one page of a read takes from the store: at most 1 MiB. */
const pageChunks = 16;

/** A {@link Holdings} on a {@link Store}. */
export class DocumentHoldings implements Holdings {
  readonly #store: Store;
  readonly #cache = new DocumentCache();
  readonly #watches: DocumentWatches;
  readonly #compactor: Compactor;
  readonly #queues = new Map<DocumentId, DocumentQueue>();
  #closed = false;

  /**
   * @param store - Stays the caller's to close, after this.
   * @param onCompactionFailed - Hears of it; the log stays as it was. Must not throw.
   */
  constructor(
    store: Store,
    onCompactionFailed: (document: DocumentId, error: unknown) => void = () => {},
  ) {
    this.#store = store;
    this.#watches = new DocumentWatches(store);
    this.#compactor = new Compactor(store, onCompactionFailed);
  }

  /** How many documents somebody listens to. */
  get documentsOpen(): number {
    return this.#watches.size;
  }

  async vector(document: DocumentId): Promise<VersionVector> {
    const state = await this.#store.read((snapshot) => this.#cache.load(snapshot, document));
    return state.vector.clone();
  }

  async append(
    document: DocumentId,
    bytes: Uint8Array,
    sender: Sender | null = null,
  ): Promise<AppendOutcome> {
    if (this.#closed) throw new HoldfastError("closed", "the server is closing");
    return this.#queue(document).offer(bytes, sender);
  }

  async *read(
    document: DocumentId,
    since: VersionVector,
    after: Arrival,
  ): AsyncGenerator<HeldBundle> {
    let from = await this.#store.read((snapshot) => this.#start(snapshot, document, since, after));
    while (from !== null) {
      const page = await this.#store.read((snapshot) => this.#page(snapshot, document, from!));
      for (const chunk of page) {
        const bytes = without(chunk, since);
        if (bytes !== null) yield { bytes, arrival: chunk.arrival };
      }
      from = page.length < pageChunks ? null : page.at(-1)!.arrival + 1;
    }
  }

  subscribe(document: DocumentId, onChange: () => void): () => void {
    return this.#watches.subscribe(document, onChange);
  }

  /** Refuses further appends, waits for what is under way, and ends all subscriptions. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#queues.values()].map((queue) => queue.idle));
    await this.#compactor.close();
    await this.#watches.close();
  }

  #queue(document: DocumentId): DocumentQueue {
    const known = this.#queues.get(document);
    if (known !== undefined) return known;
    const queue = new DocumentQueue(this.#store, this.#cache, document, {
      onStored: (before, after) => this.#compactor.stored(document, before, after),
      onIdle: () => this.#queues.delete(document),
    });
    this.#queues.set(document, queue);
    return queue;
  }

  /** The first arrival to read from: by K3, that of the first event lacking of some agent. */
  async #start(
    snapshot: Snapshot,
    document: DocumentId,
    since: VersionVector,
    after: Arrival,
  ): Promise<number | null> {
    const { vector } = await this.#cache.load(snapshot, document);
    if (since.size === 0) return vector.size === 0 ? null : after + 1;
    let first: number | null = null;
    for (const { agent, from } of vector.missingFrom(since)) {
      const entry = await readHaveAt(snapshot, document, agent, from);
      if (entry !== null && (first === null || entry.arrival < first)) first = entry.arrival;
    }
    return first === null ? null : Math.max(first, after + 1);
  }

  async #page(snapshot: Snapshot, document: DocumentId, from: number): Promise<readonly Chunk[]> {
    const { head } = await this.#cache.load(snapshot, document);
    return readLog(snapshot, document, { from, last: head.arrival, limitRows: pageChunks });
  }
}

/** The chunk without the sections that `since` covers, or null where that is all of them. */
function without(chunk: Chunk, since: VersionVector): Uint8Array | null {
  const sections = chunk.bundle.sections.filter((section) =>
    section.runs.some((run) => run.to > since.next(run.agent)),
  );
  if (sections.length === 0) return null;
  if (sections.length === chunk.bundle.sections.length) return chunk.bytes;
  const kept: Bundle = { document: chunk.bundle.document, sections };
  return encodeBundle(kept);
}
