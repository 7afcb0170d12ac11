// What waits to be appended to one document, and the loop that takes it in.
//
// One batch is under way at a time; what comes meanwhile goes into the next one.
// Batches of several documents run side by side, and the store commits them together.

import { type Bundle, checkBundle, type DocumentId, decodeBundle } from "@holdfast/doc";
import { assert, HoldfastError } from "@holdfast/std";
import type { Store } from "@holdfast/store";
import type { AppendOutcome, Arrival, Sender } from "@holdfast/sync";
import {
  appendBatch,
  type BatchOutcome,
  type DocumentState,
  type OfferedPiece,
} from "./append_batch.ts";
import type { DocumentCache } from "./document_cache.ts";
import { headKey } from "./document_keys.ts";

/** Most bytes of bundles, and of the keys that they cost, that one transaction takes in; well below the store's limit. */
const batchSizeBytesMax = 2_097_152;
/** Bytes of a have-key beside its document, and of its value, at most. */
const haveSizeBytesMax = 48;
/** How often a have-key enters a transaction, at most: it is read, both ends of a range, or written. */
const haveKeysPerRun = 3;
/** Most bundles that one transaction takes in. */
const batchBundlesMax = 4_096;

interface Offer extends OfferedPiece {
  /** What it takes up in a transaction, at most. */
  readonly sizeBytes: number;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** What a {@link DocumentQueue} tells its owner. */
export interface QueueEvents {
  /** A batch was committed that stored something; the last arrival before it and after it. */
  onStored(before: Arrival, after: Arrival): void;
  /** Nothing waits any more; the queue may be forgotten. */
  onIdle(): void;
}

/** Bundles of one document on their way into the store. */
export class DocumentQueue {
  readonly #store: Store;
  readonly #cache: DocumentCache;
  readonly #document: DocumentId;
  readonly #events: QueueEvents;
  #waiting: Offer[] = [];
  #draining: Promise<void> | null = null;

  constructor(store: Store, cache: DocumentCache, document: DocumentId, events: QueueEvents) {
    this.#store = store;
    this.#cache = cache;
    this.#document = document;
    this.#events = events;
  }

  /** Resolves once nothing waits. Never rejects. */
  get idle(): Promise<void> {
    return this.#draining ?? Promise.resolve();
  }

  /**
   * Adds a bundle; resolves once it is durable or refused.
   *
   * @throws {HoldfastError} As `Holdings.append`.
   */
  offer(bytes: Uint8Array, sender: Sender | null): Promise<AppendOutcome> {
    const bundle = decodeBundle(bytes);
    if (bundle.document !== this.#document) {
      throw new HoldfastError(
        "wrong_document",
        `bundle of "${bundle.document}" offered to "${this.#document}"`,
      );
    }
    // What would be refused by every reader is refused here, before it is acknowledged.
    checkBundle(bundle);
    return new Promise((resolve, reject) => {
      const sizeBytes = this.#sizeBytes(bundle, bytes);
      this.#waiting.push({ bundle, bytes, sender, sizeBytes, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const offers = this.#takeBatch();
      try {
        await this.#append(offers);
      } catch (error) {
        for (const offer of offers) offer.reject(error);
      }
    }
    // In the same step as the test above: an offer that comes later starts anew.
    this.#draining = null;
    this.#events.onIdle();
  }

  #takeBatch(): readonly Offer[] {
    let count = 0;
    let sizeBytes = 0;
    for (const offer of this.#waiting) {
      sizeBytes += offer.sizeBytes;
      if (count > 0 && (sizeBytes > batchSizeBytesMax || count === batchBundlesMax)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  // A bundle of a thousand writers costs many times its bytes; and a batch that is
  // too large for the store would fail for all who have a part in it.
  #sizeBytes({ sections }: Bundle, bytes: Uint8Array): number {
    const runs = sections.reduce((sum, section) => sum + section.runs.length, 0);
    const keySizeBytes = headKey(this.#document).length + haveSizeBytesMax;
    return bytes.length + runs * haveKeysPerRun * keySizeBytes;
  }

  async #append(offers: readonly Offer[]): Promise<void> {
    // Reading a vector of many agents would take more reads than a transaction may have.
    await this.#store.read((snapshot) => this.#cache.load(snapshot, this.#document));
    const { value } = await this.#store.transact(async (tx) => {
      const before = await this.#cache.load(tx, this.#document);
      const result = await appendBatch(tx, this.#document, before, offers);
      return { before, ...result };
    });
    const { before, state, outcomes } = value;
    assert(outcomes.length > 0, "the first bundle of a batch is judged in it");
    this.#waiting.unshift(...offers.slice(outcomes.length));
    if (state.head.arrival > before.head.arrival) {
      this.#cache.put(this.#document, state);
      this.#events.onStored(before.head.arrival, state.head.arrival);
    }
    this.#answer(offers, outcomes, state);
  }

  #answer(offers: readonly Offer[], outcomes: readonly BatchOutcome[], state: DocumentState): void {
    const vector = state.vector.clone();
    for (const [index, outcome] of outcomes.entries()) {
      const { sender, resolve, reject } = offers[index]!;
      if (sender !== null && outcome.type === "equivocation") sender.contradiction ??= outcome.run;
      if (outcome.type === "invalid") reject(outcome.error);
      else if (outcome.type === "equivocation") resolve(outcome);
      else resolve({ type: outcome.type, vector });
    }
  }
}
