// When documents are compacted: in the background, one at a time, each when its
// log has grown by so many chunks.

import type { DocumentId } from "@holdfast/doc";
import { isHoldfastError } from "@holdfast/std";
import type { Store } from "@holdfast/store";
import type { Arrival } from "@holdfast/sync";
import { compactDocument } from "./compaction.ts";

/** After how many new chunks a document is compacted. */
export const compactionChunks = 64;

/** Compacts documents as they grow. */
export class Compactor {
  readonly #store: Store;
  readonly #onFailed: (document: DocumentId, error: unknown) => void;
  readonly #due = new Set<DocumentId>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;

  /** @param onFailed - Hears of failures; must not throw. */
  constructor(store: Store, onFailed: (document: DocumentId, error: unknown) => void) {
    this.#store = store;
    this.#onFailed = onFailed;
  }

  /**
   * Notes that the last arrival of `document` rose. Each {@link compactionChunks}th
   * arrival makes the document due; so nothing has to be remembered, and of many
   * processes one compacts.
   */
  stored(document: DocumentId, before: Arrival, after: Arrival): void {
    if (Math.floor(before / compactionChunks) === Math.floor(after / compactionChunks)) return;
    if (this.#stopping.signal.aborted) return;
    this.#due.add(document);
    this.#running ??= this.#run();
  }

  /** Stops after the step that is under way. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (const document of this.#due) {
      this.#due.delete(document);
      try {
        await compactDocument(this.#store, document, this.#stopping.signal);
      } catch (error) {
        if (!isHoldfastError(error, "cancelled")) this.#onFailed(document, error);
      }
    }
    this.#running = null;
  }
}
