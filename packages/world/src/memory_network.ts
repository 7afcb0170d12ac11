// A network inside one process, for tests and for programs that are their own server.

import { HoldfastError } from "@holdfast/std";
import { connectMemory, type MemoryConnection } from "./memory_connection.ts";
import type { Connection, Listener, Network } from "./network.ts";
import { Queue } from "./queue.ts";

/** How many connections may wait to be accepted at one address. */
export const memoryAcceptCountMax = 1_024;

/** Any non-empty name is an address. */
export class MemoryNetwork implements Network {
  readonly #listeners = new Map<string, MemoryListener>();
  readonly #connections = new Set<MemoryConnection>();
  #connectionCount = 0;

  async listen(address: string): Promise<Listener> {
    if (address === "") throw new HoldfastError("invalid_argument", "an empty address");
    if (this.#listeners.has(address)) {
      throw new HoldfastError("address_in_use", `${address} is taken`);
    }
    const listener = new MemoryListener(address, () => this.#listeners.delete(address));
    this.#listeners.set(address, listener);
    return listener;
  }

  async connect(address: string, signal?: AbortSignal): Promise<Connection> {
    if (address === "") throw new HoldfastError("invalid_argument", "an empty address");
    if (signal?.aborted) {
      const cause = signal.reason;
      throw new HoldfastError("cancelled", `the connection to ${address} was cancelled`, { cause });
    }
    const listener = this.#listeners.get(address);
    if (listener === undefined || listener.waiting.full) {
      throw new HoldfastError("unavailable", `nobody answers at ${address}`);
    }
    this.#connectionCount += 1;
    const [near, far] = connectMemory(`client ${this.#connectionCount}`, address);
    this.#connections.add(near);
    near.closed.then(() => this.#connections.delete(near));
    listener.waiting.push(far);
    return near;
  }

  /** Cuts every connection there is. New ones can be made at once. */
  breakAll(reason: string): void {
    for (const connection of this.#connections) connection.break(reason);
  }
}

class MemoryListener implements Listener {
  readonly address: string;
  readonly waiting = new Queue<MemoryConnection>(memoryAcceptCountMax);
  readonly #forget: () => void;

  constructor(address: string, forget: () => void) {
    this.address = address;
    this.#forget = forget;
  }

  accept(): Promise<Connection | null> {
    return this.waiting.take();
  }

  async close(): Promise<void> {
    this.#forget();
    this.waiting.end();
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      next.close("the listener closed");
    }
  }
}
