// Telling whoever has a document open that it changed: one watch on the store for
// each document, fanned out here, and given back when nobody listens any more.

import type { DocumentId } from "@holdfast/doc";
import { successor } from "@holdfast/std";
import type { CommitVersion, Store, Watch } from "@holdfast/store";
import { headKey } from "./document_keys.ts";

interface Followed {
  readonly watch: Watch;
  readonly listeners: Set<() => void>;
  readonly done: Promise<void>;
}

/** The documents that somebody listens to. */
export class DocumentWatches {
  readonly #store: Store;
  readonly #followed = new Map<DocumentId, Followed>();
  readonly #ending = new Set<Promise<void>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** How many documents somebody listens to. */
  get size(): number {
    return this.#followed.size;
  }

  /** Calls `onChange` after each commit to `document`, or more often. Returns the way to stop. */
  subscribe(document: DocumentId, onChange: () => void): () => void {
    const followed = this.#followed.get(document) ?? this.#follow(document);
    // Each call is a listener of its own, even where the function is the same.
    const listener = () => onChange();
    followed.listeners.add(listener);
    return () => {
      if (!followed.listeners.delete(listener) || followed.listeners.size > 0) return;
      this.#followed.delete(document);
      this.#end(followed);
    };
  }

  /** Ends all watches; resolves once their loops have ended. */
  async close(): Promise<void> {
    for (const followed of this.#followed.values()) this.#end(followed);
    this.#followed.clear();
    await Promise.all(this.#ending);
  }

  #follow(document: DocumentId): Followed {
    const key = headKey(document);
    const watch = this.#store.watch({ start: key, end: successor(key) });
    const listeners = new Set<() => void>();
    const followed = { watch, listeners, done: forward(watch, listeners) };
    this.#followed.set(document, followed);
    return followed;
  }

  #end(followed: Followed): void {
    followed.watch.close();
    const done = followed.done.finally(() => this.#ending.delete(done));
    this.#ending.add(done);
  }
}

async function forward(watch: Watch, listeners: ReadonlySet<() => void>): Promise<void> {
  // From version 0 on: at worst one signal too many, never one too few.
  let since: CommitVersion | null = 0 as CommitVersion;
  for (;;) {
    since = await watch.next(since);
    if (since === null) return;
    for (const listener of listeners) listener();
  }
}
