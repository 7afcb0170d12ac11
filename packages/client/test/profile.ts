// The tabs of one browser profile, in one process: one copy, one group of siblings,
// and tabs that can be closed, or killed without a word.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Connection, Listener, MemoryNetwork, Network } from "@holdfast/world";
import { Database, MemoryCopy, MemoryPersistence, SiblingGroup } from "../src/index.ts";
import type { MemorySiblings } from "../src/siblings/memory_siblings.ts";
import type { Town } from "./town.ts";

/** Connects for one tab, as long as that lives. */
class TabNetwork implements Network {
  connectCount = 0;
  readonly #network: MemoryNetwork;
  readonly #connections = new Set<Connection>();
  #dead = false;

  constructor(network: MemoryNetwork) {
    this.#network = network;
  }

  /** How many connections are open now. */
  get openCount(): number {
    return this.#connections.size;
  }

  listen(address: string): Promise<Listener> {
    return this.#network.listen(address);
  }

  async connect(address: string, signal?: AbortSignal): Promise<Connection> {
    if (this.#dead) throw new HoldfastError("unavailable", "the tab is dead");
    const connection = await this.#network.connect(address, signal);
    this.connectCount += 1;
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    return connection;
  }

  die(): void {
    this.#dead = true;
    for (const connection of this.#connections) connection.close("the tab died");
  }
}

/** A database that is told what becomes of its page. */
class TabDatabase extends Database {
  override follow(): void {
    super.follow();
  }

  override suspend(): void {
    super.suspend();
  }

  override resume(): void {
    super.resume();
  }
}

/** One tab. */
export class Tab {
  readonly db: TabDatabase;
  readonly persistence: MemoryPersistence;
  readonly siblings: MemorySiblings;
  readonly network: TabNetwork;
  isAlive = true;

  constructor(town: Town, profile: Profile, url: string | null) {
    this.network = new TabNetwork(town.network);
    const world = town.world({ network: this.network });
    this.persistence = new MemoryPersistence(world.random, profile.copy);
    this.siblings = profile.group.join(this.persistence.agent);
    this.db = new TabDatabase({
      world,
      name: "tab",
      persistence: this.persistence,
      siblings: this.siblings,
      ...(url === null ? {} : { url }),
    });
  }

  /** Closes it, as a page does that is left. */
  async close(): Promise<void> {
    this.isAlive = false;
    await this.db.close();
    this.siblings.leave();
  }

  /** Ends it without a word. What of it goes on in this process reaches nothing. */
  kill(): void {
    this.isAlive = false;
    this.persistence.abandon();
    this.siblings.leave();
    this.network.die();
    this.db.close().catch((error: unknown) => {
      if (!isHoldfastError(error)) throw error;
    });
  }
}

/** What the tabs of one browser share. */
export class Profile {
  readonly copy = new MemoryCopy();
  readonly group = new SiblingGroup();
  readonly tabs: Tab[] = [];
  readonly #town: Town;

  constructor(town: Town) {
    this.#town = town;
  }

  /** Opens another tab. */
  tab(url: string | null = "server"): Tab {
    const tab = new Tab(this.#town, this, url);
    this.tabs.push(tab);
    return tab;
  }

  /** Those that live. */
  get alive(): readonly Tab[] {
    return this.tabs.filter((tab) => tab.isAlive);
  }

  /** How many connections were made, by all of them. */
  get connectCount(): number {
    return this.tabs.reduce((sum, { network }) => sum + network.connectCount, 0);
  }

  /** How many connections are open now. */
  get openCount(): number {
    return this.tabs.reduce((sum, { network }) => sum + network.openCount, 0);
  }

  /** Closes all that live. */
  async close(): Promise<void> {
    for (const tab of this.alive) await this.#town.settled(tab.close());
  }
}
