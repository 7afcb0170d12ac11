// A simulated machine: a name, two clocks, a disk, and at most one process at a time.

import type { Random } from "@holdfast/std";
import type { DiskModel } from "../disk/disk_model.ts";
import type { Bites } from "../faults/bites.ts";
import type { Unsynced } from "../faults/fault.ts";
import type { NetworkModel } from "../network/network_model.ts";
import type { MachineClock } from "./machine_clock.ts";
import type { Scheduler } from "./scheduler.ts";
import { type Main, SimProcess } from "./sim_process.ts";
import type { Trace } from "./trace.ts";

/** What a {@link Machine} is made of. */
export interface MachineParts {
  readonly name: string;
  readonly main: Main;
  readonly scheduler: Scheduler;
  readonly clock: MachineClock;
  readonly disk: DiskModel;
  readonly network: NetworkModel;
  readonly trace: Trace;
  readonly bites: Bites;
  /** A stream of chance for the `life`-th process. */
  readonly random: (life: number) => Random;
  /** Called when the program threw, or left a promise rejected. */
  readonly onFailure: (error: unknown) => void;
}

/** Runs a program, and ends it in all the ways in which programs end. */
export class Machine {
  readonly name: string;
  readonly clock: MachineClock;
  readonly disk: DiskModel;
  readonly #parts: MachineParts;
  #process: SimProcess | null = null;
  #lives = 0;
  #timersLeft = 0;
  #waiting: (() => void)[] = [];
  readonly #endListeners: (() => void)[] = [];

  constructor(parts: MachineParts) {
    this.name = parts.name;
    this.clock = parts.clock;
    this.disk = parts.disk;
    this.#parts = parts;
  }

  /** Whether its process runs, stands still, or is absent. */
  get state(): "running" | "paused" | "down" {
    const state = this.#process?.state ?? "ended";
    return state === "ended" ? "down" : state;
  }

  /** How many processes it has had. */
  get lives(): number {
    return this.#lives;
  }

  /** Timers that were pending when a program returned, over all of its processes: what it leaked. */
  get timersLeft(): number {
    return this.#timersLeft;
  }

  /** Whether the process that `owner` stands for is this machine's present one. */
  owns(owner: object | null): boolean {
    return owner !== null && owner === this.#process;
  }

  /** Starts the program in a new process; does nothing where one lives. */
  start(): void {
    if (this.#process !== null) return;
    const { scheduler, network, disk, trace, main } = this.#parts;
    this.#lives += 1;
    const life = this.#lives;
    const { name, clock } = this;
    const random = this.#parts.random(life);
    const process = new SimProcess({ machine: name, life, scheduler, clock, random });
    this.#process = process;
    trace.record({ type: "start", machine: name, life });
    const note = (text: string): void => {
      if (process.isAlive) trace.record({ type: "note", machine: name, text });
    };
    const world = process.world(network.networkOf(process), disk.diskOf(process), note);
    process.after(0, () => {
      main(world).then(
        () => this.#returned(process),
        (error) => this.#failed(process, error),
      );
    });
  }

  /** Has `work` run in the process, as soon as it does not stand still; never where it ends before, or is down. */
  call(work: () => void): void {
    this.#process?.after(0, work);
  }

  /** Calls `listener` whenever a process has ended, at once, however it ended. */
  onEnd(listener: () => void): void {
    this.#endListeners.push(listener);
  }

  /** Ends the process as by kill -9: what its kernel holds of its writes stays. */
  kill(): void {
    this.#end("killed", "");
  }

  /** Takes the power away: what was not synced fares as `unsynced` says, and nobody is told. */
  powerLoss(unsynced: Unsynced): void {
    this.#end("power lost", unsynced);
    this.disk.powerLost(unsynced);
  }

  /** Has the process stand still, as by SIGSTOP. */
  pause(): void {
    if (this.#process?.state !== "running") return;
    this.#process.state = "paused";
    this.#parts.trace.record({ type: "pause", machine: this.name });
  }

  /** Has it go on; it finds what fell due meanwhile. */
  resume(): void {
    if (this.#process?.state !== "paused") return;
    this.#parts.trace.record({ type: "resume", machine: this.name });
    if (this.#process.backlog.length > 0) {
      this.#parts.bites.note("pause", this.name, `${this.#process.backlog.length} events waited`);
    }
    this.#parts.scheduler.resume(this.#process);
  }

  /** Asks the program to end in good order; resolves when its process has ended, however. */
  stop(): Promise<void> {
    const process = this.#process;
    if (process === null) return Promise.resolve();
    this.resume();
    process.after(0, () => process.stop());
    return this.ended();
  }

  /** Resolves when the present process has ended, at once where there is none. */
  ended(): Promise<void> {
    if (this.#process === null) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends the process for an error that its program did not catch. */
  crash(error: unknown): void {
    if (this.#process !== null) this.#failed(this.#process, error);
  }

  #returned(process: SimProcess): void {
    if (!process.isAlive) return;
    this.#timersLeft += process.clock.timersPending;
    this.#end("returned", "");
  }

  #failed(process: SimProcess, error: unknown): void {
    if (!process.isAlive) return;
    this.#end("failed", String(error));
    this.#parts.onFailure(error);
  }

  #end(how: "returned" | "failed" | "killed" | "power lost", text: string): void {
    const process = this.#process;
    if (process === null) return;
    const { scheduler, trace, network, disk } = this.#parts;
    trace.record({ type: "end", machine: this.name, how, text });
    scheduler.end(process);
    this.#process = null;
    network.ended(process, how === "power lost" ? "power" : "exit");
    disk.killed(process);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
    for (const listener of this.#endListeners) listener();
  }
}
