// The program of the store scenario: keeps a store open, and does what it is told.

import { type MachineWorld, ViolationError } from "@holdfast/sim";
import { decodeUtf8, isHoldfastError } from "@holdfast/std";
import {
  allKeys,
  type CommitVersion,
  openMemoryStore,
  type Snapshot,
  type Store,
  type Transaction,
  transactionAgeMsMax,
} from "@holdfast/store";
import type { Timer } from "@holdfast/world";
import type { RecordedRun } from "./recorded_run.ts";
import { RecordedTransaction } from "./recorded_transaction.ts";
import type { Content } from "./store_history.ts";
import type { StoreLedger } from "./store_ledger.ts";
import { valueText } from "./store_model.ts";
import type { StoreOperation } from "./store_plan.ts";
import { StoreWatcher } from "./store_watcher.ts";
import { perform, type Work } from "./store_workload.ts";

/** How long it waits after a failure of its disk before it opens the store again. */
const reopenMs = 300;
const rowsMax = 10_000;

/** What an open store is used with. */
interface Session {
  readonly world: MachineWorld;
  readonly store: Store;
  readonly watcher: StoreWatcher;
  /** What was begun and is not over. */
  readonly tasks: Set<Promise<void>>;
  /** Those who think; when the store is closed, their transactions are too old. */
  readonly thinking: Set<Timer>;
}

/** See the head of this file. */
export class StoreProgram {
  readonly #ledger: StoreLedger;
  readonly #nowMs: () => number;
  readonly #onViolation: (error: unknown) => void;
  #session: Session | null = null;
  #leave: () => void = () => undefined;
  #isRefused = false;

  /**
   * @param nowMs - True time.
   * @param onViolation - Called with a broken promise.
   */
  constructor(ledger: StoreLedger, nowMs: () => number, onViolation: (error: unknown) => void) {
    this.#ledger = ledger;
    this.#nowMs = nowMs;
    this.#onViolation = onViolation;
  }

  /** Whether the store is open. */
  get isOpen(): boolean {
    return this.#session !== null;
  }

  /** Whether the store was refused as damaged: nothing more will happen. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** The process has ended, without a word. */
  lost(): void {
    this.#session = null;
  }

  /** Opens the store, and again after a failure of its disk, until it is asked to end. */
  async main(world: MachineWorld): Promise<void> {
    this.#session = null;
    world.signal.addEventListener("abort", () => this.#leave(), { once: true });
    while (!world.signal.aborted && !this.#isRefused) {
      try {
        await this.#visit(world);
      } catch (error) {
        if (isHoldfastError(error, "corrupt", "unsupported_version")) {
          this.#ledger.refuse(error);
          world.note(`refused: ${error.message}`);
          this.#isRefused = true;
        } else if (isHoldfastError(error, "io", "disk_full")) {
          world.note(`opens again: ${error.message}`);
          await world.clock.sleep(reopenMs);
        } else {
          throw error;
        }
      }
    }
  }

  /** Does `operation`, if the store is open. Runs in the program's process. */
  perform(operation: StoreOperation): void {
    const session = this.#session;
    if (session === null) return;
    const done =
      operation.type === "watch"
        ? session.watcher.watch(operation.space).catch((error) => this.#readFailed(error))
        : this.#transact(session, operation);
    const task = done.catch(this.#onViolation).then(() => {
      session.tasks.delete(task);
    });
    session.tasks.add(task);
  }

  async #visit(world: MachineWorld): Promise<void> {
    const store = await openMemoryStore({ world, folder: "store" });
    let session: Session | null = null;
    try {
      this.#ledger.open(await contentOf(store), this.#nowMs());
      const over = new Promise<void>((resolve) => {
        this.#leave = resolve;
        if (world.signal.aborted) resolve();
      });
      session = {
        world,
        store,
        watcher: new StoreWatcher(world, store),
        tasks: new Set(),
        thinking: new Set(),
      };
      this.#session = session;
      await over;
    } finally {
      this.#session = null;
      await store.close();
      for (const timer of session?.thinking ?? []) timer.cancel();
      await Promise.all(session?.tasks ?? []);
    }
  }

  async #transact({ world, store, watcher, thinking }: Session, work: Work): Promise<void> {
    const call = this.#ledger.history.call(work);
    const think = async (): Promise<void> => {
      if (work.thinkMs === 0) return;
      await new Promise<void>((resolve) => {
        thinking.add(world.clock.timer(work.thinkMs, resolve));
      });
    };
    const cancelling = new AbortController();
    const timer =
      work.type === "cancel" ? world.clock.timer(work.cancelMs, () => cancelling.abort()) : null;
    let last: RecordedRun | null = null;
    let beganMs = 0;
    try {
      const body = async (tx: Transaction | Snapshot): Promise<CommitVersion> => {
        if (last !== null) this.#ledger.drop(last);
        const run = this.#ledger.begin(call, tx.version);
        last = run;
        beganMs = world.clock.now();
        const time = { think, wall: () => world.clock.wall() };
        this.#ledger.handIn(run, await perform(work, new RecordedTransaction(tx, run.steps), time));
        return tx.version;
      };
      const isRead = work.type === "register" && work.does === "read";
      const version = isRead
        ? await store.read(body)
        : (await store.transact(body, { signal: cancelling.signal })).version;
      this.#ledger.commit(last!, version, this.#nowMs());
      // Not by the clock: who stands still for long, and then goes on at once, is in time.
      requireAge(work.thinkMs <= transactionAgeMsMax, work.thinkMs, "committed");
      await watcher.requireWoken(last!, version);
    } catch (error) {
      if (error instanceof ViolationError) throw error;
      this.#ledger.fail(call, last, error);
      if (isHoldfastError(error, "too_old")) {
        const ranMs = world.clock.now() - beganMs;
        requireAge(ranMs >= transactionAgeMsMax, ranMs, "was too old");
      }
      if (isHoldfastError(error, "io")) await this.#stopped(store);
    } finally {
      timer?.cancel();
    }
  }

  /** A commit failed with `io`: the store has stopped. @throws {ViolationError} ST13. */
  async #stopped(store: Store): Promise<void> {
    this.#leave();
    const answer = await store.read(() => null).catch((error: unknown) => error);
    if (isHoldfastError(answer, "io", "closed")) return;
    throw new ViolationError("ST13", `a store that stopped answers a read with ${String(answer)}`);
  }

  #readFailed(error: unknown): void {
    if (isHoldfastError(error, "io", "closed")) return;
    throw error instanceof ViolationError
      ? error
      : new ViolationError("ST13", `a watch failed with ${String(error)}`);
  }
}

/** @throws {ViolationError} ST13. */
function requireAge(isRight: boolean, ranMs: number, fate: string): void {
  if (isRight) return;
  throw new ViolationError("ST13", `a transaction that ran for ${ranMs} ms ${fate}`);
}

async function contentOf(store: Store): Promise<Content> {
  return store.read(async (snapshot) => {
    const rows = await snapshot.range(allKeys, { limitRows: rowsMax });
    const texts = rows.map(({ key, value }) => [decodeUtf8(key), valueText(value)] as const);
    return { version: snapshot.version, rows: texts };
  });
}
