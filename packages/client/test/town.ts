// A server and its clients in one process, on one manual clock: what the tests of
// this package play on.

import type { AgentId } from "@holdfast/causality";
import { type Server, type ServerEvent, serve } from "@holdfast/server";
import { SeededRandom } from "@holdfast/std";
import { memoryStore, type Store } from "@holdfast/store";
import type { Access } from "@holdfast/sync";
import { ManualClock, MemoryDisk, MemoryNetwork, type Network, type World } from "@holdfast/world";
import { type Database, MemoryPersistence, open, openLogPersistence } from "../src/index.ts";

const everyone: Access<unknown> = {
  authenticate: async () => null,
  authorize: async () => true,
};

/** A server at the address `server`, and a network to reach it. */
export class Town {
  readonly clock = new ManualClock(1_700_000_000_000);
  readonly network = new MemoryNetwork();
  readonly events: ServerEvent[] = [];
  access: Access<unknown> = everyone;
  store: Store = this.newStore(99);
  #server: Server | null = null;
  #clients = 0;

  newStore(seed: number): Store {
    return memoryStore({ world: { clock: this.clock, random: new SeededRandom(seed) } });
  }

  async startServer(): Promise<this> {
    this.#server = await serve({
      world: { clock: this.clock, random: new SeededRandom(5) },
      store: this.store,
      listener: await this.network.listen("server"),
      access: this.access,
      onEvent: (event) => this.events.push(event),
    });
    return this;
  }

  async stopServer(): Promise<void> {
    await this.settled(this.#server!.close());
    this.#server = null;
  }

  get server(): Server {
    return this.#server!;
  }

  /** A World of its own, on the town's clock and network. */
  world(parts: { disk?: MemoryDisk; seed?: number; network?: Network } = {}): World {
    this.#clients += 1;
    return {
      clock: this.clock,
      network: parts.network ?? this.network,
      disk: parts.disk ?? new MemoryDisk(),
      random: new SeededRandom(parts.seed ?? this.#clients),
    };
  }

  /** A database that keeps nothing. */
  client(parts: { network?: Network; url?: string | readonly string[] } = {}): Database {
    const world = this.world(parts);
    const persistence = new MemoryPersistence(world.random);
    return open({ world, name: "test", persistence, url: parts.url ?? "server" });
  }

  /** A database on a disk. */
  async diskClient(
    disk: MemoryDisk,
    options: { seed?: number; url?: string | null } = {},
  ): Promise<Database> {
    const world = this.world({
      disk,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    });
    const persistence = await openLogPersistence(world, "notes");
    const { url = "server" } = options;
    return open({ world, name: "test", persistence, ...(url === null ? {} : { url }) });
  }

  /** Lets everything that can happen now, or within `durationMs`, happen. */
  async run(durationMs = 0): Promise<void> {
    for (let round = 0; round < 10; round += 1) await this.clock.advance(0);
    if (durationMs > 0) await this.clock.advance(durationMs);
    for (let round = 0; round < 10; round += 1) await this.clock.advance(0);
  }

  /** What `work` gives, while time passes as needed. */
  async settled<T>(work: Promise<T>, limitMs = 120_000): Promise<T> {
    let done = false;
    const watched = work.finally(() => {
      done = true;
    });
    watched.catch(() => undefined);
    for (let passedMs = 0; !done && passedMs < limitMs; passedMs += 50) await this.run(50);
    if (!done) throw new Error(`nothing came of it within ${limitMs} ms`);
    return watched;
  }
}

/** An agent for Docs outside of any client. */
export function agentOf(digit: string): AgentId {
  return digit.repeat(32) as AgentId;
}
