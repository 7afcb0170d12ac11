// The program of the store scenario: keeps a store open, and does what it is told.

import { type MachineWorld, ViolationError } from "@holdfast/sim";
import { decodeUtf8, isHoldfastError } from "@holdfast/std";
import { allKeys, openMemoryStore, type Store } from "@holdfast/store";
import type { Timer } from "@holdfast/world";
import type { Content } from "./store_history.ts";
import type { StoreLedger } from "./store_ledger.ts";
import { valueText } from "./store_model.ts";
import type { StoreOperation } from "./store_plan.ts";
import { StoreWatcher } from "./store_watcher.ts";
import { performWork } from "./store_worker.ts";
import type { Work } from "./store_workload.ts";

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

  async #transact(session: Session, work: Work): Promise<void> {
    const { store, watcher } = session;
    const [ledger, nowMs] = [this.#ledger, this.#nowMs];
    const came = await performWork({ ...session, ledger, nowMs, stamps: false }, work);
    if (!(came instanceof Error)) await watcher.requireWoken(came.run, came.version);
    else if (isHoldfastError(came, "io")) await this.#stopped(store);
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

/** All rows. */
export async function contentOf(store: Store): Promise<Content> {
  return store.read(async (snapshot) => {
    const rows = await snapshot.range(allKeys, { limitRows: rowsMax });
    const texts = rows.map(({ key, value }) => [decodeUtf8(key), valueText(value)] as const);
    return { version: snapshot.version, rows: texts };
  });
}
