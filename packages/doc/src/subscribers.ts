// Who is told of patches.

import type { Patch } from "./state/patch.ts";

/** Hears of each patch. */
export type Subscriber = (patch: Patch) => void;

/** Those who watch one document. */
export class Subscribers {
  readonly #subscribers = new Set<Subscriber>();
  readonly #onError: (error: unknown) => void;
  // Patches that not everybody has heard of.
  readonly #patches: Patch[] = [];
  #isTelling = false;

  /** @param onError - Told of what a subscriber throws; else it is dropped. */
  constructor(onError: (error: unknown) => void = () => {}) {
    this.#onError = onError;
  }

  /** How many there are. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** True while they are being told. */
  get isTelling(): boolean {
    return this.#isTelling;
  }

  /** Adds one, as often as asked for. Returns the way to take it out. */
  add(subscriber: Subscriber): () => void {
    const own: Subscriber = (patch) => subscriber(patch);
    this.#subscribers.add(own);
    return () => {
      this.#subscribers.delete(own);
    };
  }

  /**
   * Tells everybody of a patch, in the order in which patches came about, also where a subscriber makes
   * changes.
   */
  tell(patch: Patch): void {
    this.#patches.push(patch);
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let next = this.#patches.shift(); next !== undefined; next = this.#patches.shift()) {
        for (const subscriber of [...this.#subscribers]) this.#tellOne(subscriber, next);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  #tellOne(subscriber: Subscriber, patch: Patch): void {
    try {
      subscriber(patch);
    } catch (error) {
      this.#onError(error);
    }
  }
}
