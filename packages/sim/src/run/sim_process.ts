// One process on a simulated machine, from its start to its end.
//
// Killing a program that shares our thread: nothing can stop code that runs, but
// between two events none does, and whatever it waits for is ours to give. So a
// killed process gets nothing any more: its timers don't fire, and what it asked of
// network and disk is never answered. Its closures stay until the collector finds them.

import type { Random } from "@holdfast/std";
import type { Disk, Network, Timer, World } from "@holdfast/world";
import type { Owner, SimEvent } from "./event_queue.ts";
import type { Host } from "./host.ts";
import type { MachineClock } from "./machine_clock.ts";
import { ProcessClock } from "./process_clock.ts";
import type { Scheduler } from "./scheduler.ts";

/** What a program on a simulated machine stands on: a World, and a little more. */
export interface MachineWorld extends World {
  /** The name of its machine. */
  readonly machine: string;
  /** Aborts when it is asked to end in good order, as by SIGTERM. */
  readonly signal: AbortSignal;
  /** Writes a line into the run's trace, for whoever reads it. */
  note(text: string): void;
}

/** A program: runs on a machine until it returns, or is ended. */
export type Main = (world: MachineWorld) => Promise<void>;

/** What a {@link SimProcess} is made of. */
export interface SimProcessParts {
  readonly machine: string;
  readonly life: number;
  readonly scheduler: Scheduler;
  readonly clock: MachineClock;
  readonly random: Random;
}

/** A process as the models of network and disk see it, and as the scheduler does. */
export class SimProcess implements Host, Owner {
  readonly machine: string;
  readonly life: number;
  state: Owner["state"] = "running";
  backlog: SimEvent[] = [];
  pending = 0;
  readonly clock: ProcessClock;
  readonly #parts: SimProcessParts;
  readonly #stopping = new AbortController();

  constructor(parts: SimProcessParts) {
    this.machine = parts.machine;
    this.life = parts.life;
    this.#parts = parts;
    this.clock = new ProcessClock(parts.clock, this);
  }

  get isAlive(): boolean {
    return this.state !== "ended";
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#parts.scheduler.after(delayMs, this, callback);
  }

  /** Asks it to end. */
  stop(): void {
    this.#stopping.abort();
  }

  /** What its program is handed. */
  world(network: Network, disk: Disk, note: (text: string) => void): MachineWorld {
    const { machine, clock } = this;
    const { random } = this.#parts;
    return { machine, clock, random, network, disk, signal: this.#stopping.signal, note };
  }
}
