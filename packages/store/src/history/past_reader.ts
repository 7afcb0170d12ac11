// The feed and the past of a store, as its interface has them: read from snapshots of its
// rows, as old as the caller lets them be.

import { HoldfastError } from "@holdfast/std";
import { requireSense } from "../consistency.ts";
import type { EngineSnapshot } from "../engine.ts";
import { HeldSnapshots } from "../held_snapshots.ts";
import { spanOf } from "../key.ts";
import type { RunningTransactions } from "../running_transactions.ts";
import type {
  AsOfOptions,
  ChangesOptions,
  ChangesPage,
  CommitVersion,
  Consistency,
  KeyRange,
  Snapshot,
} from "../store.ts";
import type { Backend } from "../transaction_runner.ts";
import { type AskedChanges, readChanges, rowsAsOf } from "./changes.ts";
import { type Pause, undoTo } from "./history_reader.ts";

/** See the head of this file. */
export class PastReader {
  readonly #backend: Backend;
  readonly #running: RunningTransactions;
  readonly #pause: Pause;
  /** Reading takes as long as there is history. */
  readonly #reading = new HeldSnapshots(Number.POSITIVE_INFINITY);

  constructor(backend: Backend, running: RunningTransactions, pause: Pause) {
    this.#backend = backend;
    this.#running = running;
    this.#pause = pause;
  }

  /** As `PastStore.changes`. */
  async changes(
    range: KeyRange,
    since: CommitVersion,
    { limitChanges, consistency = "linearizable" }: ChangesOptions,
  ): Promise<ChangesPage> {
    this.#backend.checkOpen();
    const span = spanOf(range, this.#backend.capabilities.keySizeBytesMax);
    this.#requireHistory();
    const asked = { span, since, limitChanges };
    return this.#running.during(this.#page(asked, consistency));
  }

  async #page(asked: AskedChanges, consistency: Consistency): Promise<ChangesPage> {
    let rows = await this.#snapshot(consistency);
    if (rows.version < asked.since) {
      // Older than the page before, which another node told.
      rows.release();
      rows = await this.#backend.snapshot(undefined);
    }
    return this.#reading.run(rows, (held) => readChanges(held, asked, this.#pause));
  }

  /** As `PastStore.asOf`. */
  async asOf<T>(
    version: CommitVersion,
    fn: (snapshot: Snapshot) => Promise<T> | T,
    { signal }: AsOfOptions = {},
  ): Promise<T> {
    this.#backend.checkOpen();
    this.#requireHistory();
    return this.#running.during(this.#asOf(version, fn, signal));
  }

  async #asOf<T>(
    version: CommitVersion,
    fn: (snapshot: Snapshot) => Promise<T> | T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    // What was is the same in whatever came later.
    const rows = await this.#snapshot({ atLeast: version });
    return this.#reading.run(rows, async (held) => {
      const undo = await undoTo(held, version, async () => {
        requireWanted(signal);
        await this.#pause();
      });
      return this.#running.run(rowsAsOf(this.#backend, held, version), {
        signal,
        reads: null,
        body: (tx) => {
          tx.writes.known.absorb(undo);
          return fn(tx.snapshot);
        },
        after: (_, value) => value,
      });
    });
  }

  /** Ends whoever reads, and refuses whoever only waits for rows to read. */
  close(): void {
    this.#reading.close();
  }

  async #snapshot(consistency: Consistency): Promise<EngineSnapshot> {
    if (consistency === "linearizable") return this.#backend.snapshot(undefined);
    requireSense(consistency);
    return (await this.#backend.staleSnapshot(consistency)).snapshot;
  }

  #requireHistory(): void {
    if (this.#backend.capabilities.history) return;
    throw new HoldfastError("invalid_argument", "the store was opened without a history");
  }
}

function requireWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new HoldfastError("cancelled", "reading the past");
}
