// World's Listener, for one simulated process: what its kernel took waits here.

import { type Connection, type Listener, Queue } from "@holdfast/world";
import { type Host, never } from "../run/host.ts";
import type { ConnectionEnd } from "./connection_end.ts";

/** How many connections may wait to be accepted at one address. */
export const acceptCountMax = 1_024;

/** Takes connections at one address, until it is closed or its process ends. */
export class SimListener implements Listener {
  readonly address: string;
  readonly host: Host;
  readonly #waiting = new Queue<ConnectionEnd>(acceptCountMax);
  readonly #onClosed: () => void;
  #isOpen = true;
  // Connections that a paused process was not told of yet.
  #unseenCount = 0;

  /** @param onClosed - Frees the address. */
  constructor(address: string, host: Host, onClosed: () => void) {
    this.address = address;
    this.host = host;
    this.#onClosed = onClosed;
  }

  /** Whether a further connection is refused. */
  get full(): boolean {
    return this.#waiting.count + this.#unseenCount >= acceptCountMax;
  }

  /** Takes a connection in; its process sees it as soon as it runs. */
  offer(end: ConnectionEnd): void {
    this.#unseenCount += 1;
    this.host.after(0, () => {
      this.#unseenCount -= 1;
      if (this.#isOpen) this.#waiting.push(end);
      else end.close("the listener closed");
    });
  }

  accept(): Promise<Connection | null> {
    return this.host.isAlive ? this.#waiting.take() : never();
  }

  close(): Promise<void> {
    if (!this.host.isAlive) return never();
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#onClosed();
      this.#waiting.end();
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        next.close("the listener closed");
      }
    }
    return Promise.resolve();
  }
}
