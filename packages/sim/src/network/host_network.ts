// World's Network, as one simulated process has it.

import { HoldfastError } from "@holdfast/std";
import type { Connection, Listener, Network } from "@holdfast/world";
import { type Host, never } from "../run/host.ts";
import { SimListener } from "./sim_listener.ts";

/** What one process's network asks of the whole. */
export interface Exchange {
  /** Everybody who listens, by address. */
  readonly listeners: Map<string, SimListener>;
  /** On which machine each address is, or was last. */
  readonly homes: Map<string, string>;
  dial(host: Host, address: string, signal: AbortSignal | undefined): Promise<Connection>;
}

/** The network of one process. Any non-empty string is an address; it has one listener in the whole run. */
export class HostNetwork implements Network {
  readonly #exchange: Exchange;
  readonly #host: Host;

  constructor(exchange: Exchange, host: Host) {
    this.#exchange = exchange;
    this.#host = host;
  }

  async listen(address: string): Promise<Listener> {
    if (!this.#host.isAlive) return await never();
    requireAddress(address);
    const { listeners, homes } = this.#exchange;
    if (listeners.has(address)) throw new HoldfastError("address_in_use", `${address} is taken`);
    const listener = new SimListener(address, this.#host, () => {
      if (listeners.get(address) === listener) listeners.delete(address);
    });
    listeners.set(address, listener);
    homes.set(address, this.#host.machine);
    return listener;
  }

  async connect(address: string, signal?: AbortSignal): Promise<Connection> {
    if (!this.#host.isAlive) return await never();
    requireAddress(address);
    if (signal?.aborted) {
      const cause = signal.reason;
      throw new HoldfastError("cancelled", `the connection to ${address} was cancelled`, { cause });
    }
    return await this.#exchange.dial(this.#host, address, signal);
  }
}

function requireAddress(address: string): void {
  if (address === "") throw new HoldfastError("invalid_argument", "an empty address");
}
