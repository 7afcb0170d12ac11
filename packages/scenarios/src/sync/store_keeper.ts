// The program that keeps a store on its machine's disk, in the sync scenario.

import { verifyDocuments } from "@holdfast/server";
import { type MachineWorld, ViolationError } from "@holdfast/sim";
import { isHoldfastError } from "@holdfast/std";
import { openMemoryStore, type Store } from "@holdfast/store";
import type { StoreSource } from "./shared_store.ts";

/** How long a program waits before it starts again after a failure of its disk. */
const restartMs = 500;

/** A program that keeps a store on its machine's disk, and opens it again when that fails. */
export class StoreKeeper implements StoreSource {
  #store: Store | null = null;
  #gone: Promise<void> = Promise.resolve();
  #leave: () => void = () => undefined;

  /** The open store; null while there is none. */
  get store(): Store | null {
    return this.#store;
  }

  /** Resolves when the present store is gone. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  /** Has the store opened again: its disk failed. */
  fail(): void {
    this.#leave();
  }

  /** The process that kept the store has ended, without a word. */
  lost(): void {
    this.#store = null;
    this.#leave();
  }

  /** Keeps the store, and runs `work` on it, until it is asked to end. */
  async main(
    world: MachineWorld,
    work: (store: Store, over: Promise<void>) => Promise<void>,
  ): Promise<void> {
    await again(world, async (stopped) => {
      const store = await openMemoryStore({ world, folder: "store" });
      try {
        requireWhole(world.machine, (await verifyDocuments(store)).problems);
        this.#store = store;
        this.#gone = new Promise((resolve) => {
          this.#leave = resolve;
        });
        await work(store, Promise.race([this.#gone, stopped]));
      } finally {
        this.#store = null;
        this.#leave();
        await store.close();
      }
    });
  }
}

/** Runs `work` until it is asked to end, of which `stopped` tells; again where it fails for the outside. */
export async function again(
  world: MachineWorld,
  work: (stopped: Promise<void>) => Promise<void>,
): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    world.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  while (!world.signal.aborted) {
    try {
      await work(stopped);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      world.note(`starts again: ${error.message}`);
      await world.clock.sleep(restartMs);
    }
  }
}

/** @throws {ViolationError} S5. */
export function requireWhole(machine: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new ViolationError("S5", `the store of ${machine}: ${problems.join("; ")}`);
}
