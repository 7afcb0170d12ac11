// Reads of one key, gathered: all that are asked for in one turn of the event loop wait for
// one barrier, and are answered together.
//
// Invariants:
//   GR1  A barrier is asked for after every read that stands on it.

import type { KeyText } from "../../key.ts";

type MaybeLater<T> = T | Promise<T>;

interface Read {
  readonly key: KeyText;
  readonly resolve: (value: MaybeLater<Uint8Array | null>) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls `answer` when the rows hold all that was acknowledged before `asked` resolved; rejects where they can't. */
type Barrier = (asked: Promise<void>, answer: () => void) => Promise<void>;

/** See the head of this file. */
export class GatheredReads {
  readonly #barrier: Barrier;
  readonly #get: (key: KeyText) => MaybeLater<Uint8Array | null>;
  #open: Read[] | null = null;

  /**
   * @param barrier - Called when the first of its reads comes.
   * @param get - What a key holds, when a barrier was just passed.
   */
  constructor(barrier: Barrier, get: (key: KeyText) => MaybeLater<Uint8Array | null>) {
    this.#barrier = barrier;
    this.#get = get;
  }

  /** What `key` holds, or null. Rejects as the barrier, and as reading. */
  add(key: KeyText): Promise<Uint8Array | null> {
    this.#open ??= this.#begin();
    const reads = this.#open;
    return new Promise((resolve, reject) => {
      reads.push({ key, resolve, reject });
    });
  }

  #begin(): Read[] {
    const reads: Read[] = [];
    const asked = Promise.resolve().then(() => {
      this.#open = null; // GR1
    });
    this.#barrier(asked, () => this.#answer(reads)).catch((error: unknown) => {
      for (const { reject } of reads) reject(error);
    });
    return reads;
  }

  #answer(reads: readonly Read[]): void {
    for (const { key, resolve, reject } of reads) {
      try {
        resolve(this.#get(key));
      } catch (error) {
        reject(error);
      }
    }
  }
}
