// A server of the sync scenario: the program on its machine, on a store of its own,
// or on one that another machine keeps for all.

import { type Server, type ServerEvent, serve, verifyDocuments } from "@holdfast/server";
import { type MachineWorld, ViolationError } from "@holdfast/sim";
import { isHoldfastError } from "@holdfast/std";
import { openMemoryStore, type Store } from "@holdfast/store";
import type { Access } from "@holdfast/sync";
import type { StoreSource } from "./shared_store.ts";

const everybody: Access<null> = {
  authenticate: async () => null,
  authorize: async () => true,
};

/** How long a program waits before it starts again after a failure of its disk. */
const restartMs = 500;

/** A program that keeps a store on its machine's disk, and opens it again when that fails. */
export class StoreProgram implements StoreSource {
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

/** Serves `store` until `over`; `onFailed` is called when the store can't keep anything any more. */
export async function serveStore(
  world: MachineWorld,
  store: Store,
  parts: { readonly over: Promise<void>; readonly onFailed: () => void },
): Promise<void> {
  if (world.signal.aborted) return;
  const listener = await world.network.listen(`ws://${world.machine}/sync`);
  const onEvent = (event: ServerEvent): void => {
    if (event.type === "session_failed") throw event.error;
    if (event.type !== "session" || event.event.type !== "refused") return;
    if (event.event.refusal.code === "io") parts.onFailed();
  };
  const server: Server = await serve({ world, store, listener, access: everybody, onEvent });
  await parts.over;
  await server.close();
}

/** @throws {ViolationError} S5. */
export function requireWhole(machine: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new ViolationError("S5", `the store of ${machine}: ${problems.join("; ")}`);
}
