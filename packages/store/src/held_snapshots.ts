// Snapshots that are held for as long as somebody reads: for backups, and for history.
// They stand on no transaction, so the committer need not remember on their account.

import { HoldfastError } from "@holdfast/std";
import type { EngineSnapshot } from "./engine.ts";

/** See the head of this file. */
export class HeldSnapshots {
  readonly #countMax: number;
  readonly #enders = new Set<() => void>();
  #isClosed = false;

  /** @param countMax - How many at once. */
  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /**
   * Runs `fn` on `snapshot`, which is given back however that ends, also where this refuses
   * it; after that it can't be read.
   *
   * @throws {HoldfastError} `overloaded`; `closed` where {@link close} came, or comes first.
   */
  async run<T>(snapshot: EngineSnapshot, fn: (rows: EngineSnapshot) => Promise<T>): Promise<T> {
    if (this.#isClosed) {
      snapshot.release();
      throw new HoldfastError("closed", "the store");
    }
    if (this.#enders.size >= this.#countMax) {
      snapshot.release();
      throw new HoldfastError("overloaded", `${this.#countMax} snapshots are held already`);
    }
    const rows = new HeldSnapshot(snapshot);
    let end = () => {};
    const ended = new Promise<never>((_, reject) => {
      end = () => {
        rows.release();
        reject(new HoldfastError("closed", "the store was closed while a snapshot was held"));
      };
    });
    this.#enders.add(end);
    try {
      return await Promise.race([fn(rows), ended]);
    } finally {
      this.#enders.delete(end);
      rows.release();
    }
  }

  /** Takes every snapshot away from whoever holds it, and takes no more. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#enders) end();
  }
}

/** A snapshot that may be released while somebody still reads it: then reading fails. */
class HeldSnapshot implements EngineSnapshot {
  readonly #rows: EngineSnapshot;
  #isReleased = false;

  constructor(rows: EngineSnapshot) {
    this.#rows = rows;
  }

  get version(): EngineSnapshot["version"] {
    return this.#rows.version;
  }

  get(key: Parameters<EngineSnapshot["get"]>[0]): ReturnType<EngineSnapshot["get"]> {
    this.#checkHeld();
    return this.#rows.get(key);
  }

  range(...range: Parameters<EngineSnapshot["range"]>): ReturnType<EngineSnapshot["range"]> {
    this.#checkHeld();
    return this.#rows.range(...range);
  }

  rows(...range: Parameters<EngineSnapshot["rows"]>): ReturnType<EngineSnapshot["rows"]> {
    this.#checkHeld();
    return this.#rows.rows(...range);
  }

  /** Harmless twice. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#rows.release();
  }

  #checkHeld(): void {
    if (this.#isReleased) throw new HoldfastError("closed", "the snapshot was given back");
  }
}
