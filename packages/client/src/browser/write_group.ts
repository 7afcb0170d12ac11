// Group commit: what is written while a transaction is under way goes together into
// the next one. A strict transaction costs a sync of the disk, whatever is in it.
//
//   write, write, write ... -> [ one transaction, strict ] -> all of them are kept
//                               or none, and each hears it
//
// Writes become durable in the order in which they were made.

import type { HoldfastError } from "@holdfast/std";
import type { IDBPTransaction } from "idb";
import type { CopyDb, CopySchema } from "./copy_schema.ts";
import { copyDbError } from "./indexed_db.ts";

const storeNames = ["bundles", "knowledge", "agents", "meta", "unsaved"] as const;

/** A transaction that may write everywhere. */
export type CopyTransaction = IDBPTransaction<CopySchema, typeof storeNames, "readwrite">;

/** Makes requests of a transaction, and waits for nothing else. */
export type Put = (transaction: CopyTransaction) => Promise<unknown>;

/** Options for {@link WriteGroup.write}. */
export interface WriteOptions {
  /** How much it writes, about. */
  readonly sizeBytes?: number;
  /** Whether it makes requests after it got answers to others, and not all at once. */
  readonly asksFirst?: boolean;
}

interface Waiting {
  readonly put: Put;
  readonly sizeBytes: number;
  readonly asksFirst: boolean;
  readonly resolve: () => void;
  readonly reject: (error: HoldfastError) => void;
}

// More than this waits for the transaction after: what fails, fails together.
const groupSizeBytesMax = 4 * 1_048_576;

/** Writes to one database. */
export class WriteGroup {
  readonly #db: () => CopyDb;
  readonly #onOutcome: (error: HoldfastError | null) => void;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;

  /**
   * @param db - The database as it is when a transaction begins.
   * @param onOutcome - Hears of each transaction whether it was kept.
   */
  constructor(db: () => CopyDb, onOutcome: (error: HoldfastError | null) => void) {
    this.#db = db;
    this.#onOutcome = onOutcome;
  }

  /**
   * Has `put` make its requests in one of the next transactions; resolves once that
   * would survive a crash.
   *
   * @throws {HoldfastError} `disk_full`, `io`, `closed`: nothing of it was kept.
   */
  write(put: Put, { sizeBytes = 0, asksFirst = false }: WriteOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ put, sizeBytes, asksFirst, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves once nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Whatever else is written in this turn comes along.
    await null;
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup();
      try {
        await commit(this.#db(), group);
        this.#onOutcome(null);
        for (const { resolve } of group) resolve();
      } catch (error) {
        const failure = copyDbError(error, "write");
        this.#onOutcome(failure);
        for (const { reject } of group) reject(failure);
      }
    }
    this.#running = null;
  }

  #nextGroup(): Waiting[] {
    let sizeBytes = 0;
    const end = this.#waiting.findIndex((waiting, index) => {
      sizeBytes += waiting.sizeBytes;
      return index > 0 && sizeBytes > groupSizeBytesMax;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }
}

async function commit(db: CopyDb, group: readonly Waiting[]): Promise<void> {
  const transaction = db.transaction(storeNames, "readwrite", { durability: "strict" });
  try {
    const puts = group.map(({ put }) => put(transaction));
    // Else it is committed when nothing more is asked of it.
    if (!group.some(({ asksFirst }) => asksFirst)) transaction.commit();
    await Promise.all([transaction.done, ...puts]);
  } catch (error) {
    // What the transaction died of says more than that it died.
    throw transaction.error ?? error;
  }
}
