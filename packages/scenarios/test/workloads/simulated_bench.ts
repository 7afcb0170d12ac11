// Drivers of the store at work on simulated machines that lose their power and are killed.

import { membershipOf, type NodeId } from "@holdfast/consensus";
import { serveStore } from "@holdfast/server";
import type { Machine, MachineWorld, Simulation } from "@holdfast/sim";
import { isHoldfastError, type Random, randomBelow, randomItem } from "@holdfast/std";
import { openMemoryStore, type Store } from "@holdfast/store";
import { memoryRows, openRaftStore } from "@holdfast/store/raft";
import { openRemoteStore } from "@holdfast/store/remote";
import type { WorkBench, WorkSite } from "../../src/workloads/index.ts";

/** How a store is held, and used. */
export interface Layout {
  /** One keeps a log of its own; several are a cluster. */
  readonly servers: 1 | 3;
  /** Whether clients use it over the wire, and not the servers themselves. */
  readonly isRemote: boolean;
}

const timing = { electionMs: 500, heartbeatMs: 100, leaseMs: null };
const crashes = 4;
const identity = new Uint8Array(16).fill(7);
const idleMsMax = 120_000;
const againMs = 100;

/** See the head of this file. */
export class SimulatedBench implements WorkBench {
  readonly #simulation: Simulation;
  readonly #layout: Layout;
  readonly #servers: readonly string[];
  readonly #random: Random;
  readonly #machines = new Map<string, Machine>();
  /** Where a store is open, and can be worked on. */
  readonly #sites = new Map<string, WorkSite>();
  readonly #busy = new Set<string>();
  #work: (site: WorkSite) => Promise<void> = async () => {};

  constructor(simulation: Simulation, layout: Layout) {
    this.#simulation = simulation;
    this.#layout = layout;
    this.#servers = ["a", "b", "c"].slice(0, layout.servers);
    this.#random = simulation.random("crashes");
  }

  async trouble(work: (site: WorkSite) => Promise<void>): Promise<void> {
    this.#work = work;
    for (const name of this.#servers) this.#add(name, (world) => this.#serve(name, world));
    const pages = this.#layout.isRemote ? ["page 1", "page 2"] : [];
    for (const name of pages) this.#add(name, (world) => this.#visit(name, world));
    for (let crash = 0; crash < crashes; crash += 1) {
      await this.#simulation.sleep(100 + randomBelow(this.#random, 500));
      // Mostly what holds the store, and of a cluster now and then all of it.
      const isAll = this.#random.next() < 0.2;
      const struck = isAll ? this.#servers : [randomItem(this.#random, [...this.#machines.keys()])];
      for (const name of struck) this.#strike(this.#machines.get(name)!);
      await this.#simulation.sleep(randomBelow(this.#random, 300));
      for (const name of struck) this.#machines.get(name)!.start();
    }
    this.#work = async () => {};
    await this.#until("all calls have ended", () => this.#busy.size === 0);
  }

  async calm(work: (site: WorkSite) => Promise<void>): Promise<void> {
    const name = this.#layout.isRemote ? "page 1" : "a";
    await this.#until("a store is open", () => this.#sites.has(name));
    let isDone = false;
    this.#machines.get(name)!.call(() => {
      work(this.#sites.get(name)!).then(
        () => {
          isDone = true;
        },
        (error: unknown) => this.#simulation.fail(error),
      );
    });
    await this.#until("the last read has ended", () => isDone);
  }

  #strike(machine: Machine): void {
    if (this.#random.next() < 0.3) machine.kill();
    else machine.powerLoss(randomItem(this.#random, ["lost", "torn", "kept"] as const));
  }

  #add(name: string, main: (world: MachineWorld) => Promise<void>): void {
    const machine = this.#simulation.machine(name, main);
    machine.onEnd(() => {
      this.#sites.delete(name);
      this.#busy.delete(name);
    });
    this.#machines.set(name, machine);
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    if (await this.#simulation.until(holds, { withinMs: idleMsMax })) return;
    throw new Error(`not so after ${idleMsMax} ms: ${what}`);
  }

  async #serve(name: string, world: MachineWorld): Promise<void> {
    const store = await this.#open(name, world);
    if (!this.#layout.isRemote) return this.#use(name, world, store);
    serveStore({
      ...{ world, store, identity, credentials: "open" },
      listener: await world.network.listen(`store ${name}`),
      onFailed: (error) => this.#simulation.fail(error),
    });
    await untilEnd(world);
  }

  async #open(name: string, world: MachineWorld): Promise<Store> {
    if (this.#servers.length === 1) return openMemoryStore({ world, folder: "rows" });
    return openRaftStore({
      ...{ world, node: name as NodeId, cluster: "work", timing, folder: "log" },
      bootstrap: membershipOf(this.#servers as NodeId[]),
      addressOf: (node) => `raft ${node}`,
      listener: await world.network.listen(`raft ${name}`),
      openRows: memoryRows({ world, folder: "rows" }),
    });
  }

  async #visit(name: string, world: MachineWorld): Promise<void> {
    const url = this.#servers.map((server) => `store ${server}`);
    for (;;) {
      try {
        await this.#use(name, world, await openRemoteStore({ world, url }));
        return;
      } catch (error) {
        if (!isHoldfastError(error, "unavailable")) throw error;
        await world.clock.sleep(againMs);
      }
    }
  }

  async #use(name: string, world: MachineWorld, store: Store): Promise<void> {
    const site: WorkSite = { store, think: () => world.clock.sleep(world.random.next() * 4) };
    this.#sites.set(name, site);
    this.#busy.add(name);
    await this.#work(site);
    this.#busy.delete(name);
    await untilEnd(world);
  }
}

function untilEnd({ signal }: MachineWorld): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
