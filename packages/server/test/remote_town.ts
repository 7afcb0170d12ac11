// A store behind a server, and a client of it on another machine, in a simulated world:
// what the conformance suite runs on.

import type { MachineWorld, Simulation } from "@holdfast/sim";
import { memoryStore, type Store } from "@holdfast/store";
import type { Harness } from "@holdfast/store/conformance";
import { openRemoteStore } from "@holdfast/store/remote";
import { serveStore } from "../src/kv/store_gateway.ts";

export const identity = new Uint8Array(16).fill(7);

/** Who waits for what another machine does. */
export class Town {
  readonly simulation: Simulation;
  /** The store that is served. */
  store: Store | null = null;
  readonly failures: unknown[] = [];
  losses = 0;

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    simulation.machine("server", (world) => this.#serve(world));
  }

  /** Runs `main` on a machine of its own, to its end. */
  async run(main: (harness: Harness, world: MachineWorld) => Promise<void>): Promise<void> {
    let isOver = false;
    this.simulation.machine("page", async (world) => {
      await main(this.#harness(world), world);
      isOver = true;
    });
    await this.simulation.until(() => isOver, { withinMs: 600_000, everyMs: 5 });
    if (!isOver) throw new Error("the case did not end");
    if (this.failures.length > 0) throw this.failures[0];
  }

  async #serve(world: MachineWorld): Promise<void> {
    const store = memoryStore({ world, history: {} });
    this.store = store;
    serveStore({
      ...{ world, store, identity, credentials: "open" },
      listener: await world.network.listen("server"),
      onFailed: (error) => this.failures.push(error),
    });
    await new Promise((resolve) => world.signal.addEventListener("abort", resolve));
  }

  /** Cuts the connections between the two every now and then; how often it met one. */
  async breakLines(everyMs: number): Promise<void> {
    const random = this.simulation.random("losses");
    for (;;) {
      await this.simulation.sleep(random.next() * 2 * everyMs);
      this.losses += this.simulation.network.reset("page", "server");
    }
  }

  #harness(world: MachineWorld): Harness {
    return {
      elapse: (ms) => world.clock.sleep(ms),
      open: () => openRemoteStore({ world, url: "server" }),
      reopen: null,
    };
  }
}
