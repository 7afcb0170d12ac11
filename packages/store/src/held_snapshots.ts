// Snapshots that are held for as long as somebody reads: for backups. They stand on
// no transaction, so the committer need not remember on their account.

import { HoldfastError } from "@holdfast/std";
import type { Engine } from "./engine.ts";
import { holdsMax, type Snapshot } from "./store.ts";
import { OpenTransaction } from "./transaction.ts";

/** See the head of this file. */
export class HeldSnapshots {
  readonly #enders = new Set<() => void>();

  /**
   * Runs `fn` on a new snapshot of `engine`, which is given back however that ends.
   *
   * @throws {HoldfastError} `overloaded`; `closed` where {@link close} comes first.
   */
  async run<T>(engine: Engine, fn: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    if (this.#enders.size >= holdsMax) {
      throw new HoldfastError("overloaded", `${holdsMax} snapshots are held already`);
    }
    const { keySizeBytesMax } = engine.capabilities;
    const tx = new OpenTransaction(engine.snapshot(), keySizeBytesMax, null);
    let end = () => {};
    const ended = new Promise<never>((_, reject) => {
      end = () => {
        const reason = new HoldfastError(
          "closed",
          "the store was closed while a snapshot was held",
        );
        tx.end(reason);
        reject(reason);
      };
    });
    this.#enders.add(end);
    try {
      return await Promise.race([fn(tx.snapshot), ended]);
    } finally {
      this.#enders.delete(end);
      tx.end(new HoldfastError("closed", "the snapshot was given back"));
    }
  }

  /** Takes every snapshot away from whoever holds it. */
  close(): void {
    for (const end of this.#enders) end();
  }
}
