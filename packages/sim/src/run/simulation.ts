// A world in virtual time: machines, the network between them, and the test that
// watches them.
//
//   seed --> streams of chance --> latencies, tears, jitter of the program
//   test --> machines, faults            |
//     ^          |                       v
//     +---- scheduler: one queue, one event at a time ----> trace, fingerprint
//
// The test's own code runs on the same queue, between the events that wake it, and
// sees true time. It may look into everything at any moment: there is no other
// thread that could be in the middle of something.

import { HoldfastError, type Random } from "@holdfast/std";
import { DiskModel } from "../disk/disk_model.ts";
import type { BiteCounts, Bites } from "../faults/bites.ts";
import type { FaultKind } from "../faults/fault.ts";
import { NetworkModel } from "../network/network_model.ts";
import type { Owner } from "./event_queue.ts";
import type { Nature } from "./host.ts";
import { Machine } from "./machine.ts";
import { MachineClock } from "./machine_clock.ts";
import { namedRandom } from "./named_random.ts";
import type { RunHistory } from "./run_history.ts";
import { Scheduler } from "./scheduler.ts";
import type { Main } from "./sim_process.ts";
import { Trace } from "./trace.ts";

/** How far machines' wall clocks are off at the start, either way, at most. */
const wallOffsetMsMax = 500;

/** What a {@link Simulation} is made of. */
export interface SimulationOptions {
  readonly seed: number;
  readonly keepsTrace: boolean;
  readonly eventsMax: number;
  readonly timeMsMax: number;
  /** Called when simulated code is about to run, and when the loop lets go. */
  readonly onInside: (inside: boolean) => void;
}

/** One run's world. The test builds its machines, and has things happen to them. */
export class Simulation {
  /** All chance of the run comes from it. */
  readonly seed: number;
  /** Links, cuts and resets. */
  readonly network: NetworkModel;
  /** What happened so far. */
  readonly trace: Trace;
  /** Where faults are counted that made a difference. */
  readonly bites: Bites;
  /** What a scenario leaves behind for whoever looks into its run. */
  readonly histories: RunHistory[] = [];
  readonly #scheduler: Scheduler;
  readonly #machines = new Map<string, Machine>();
  readonly #biteCounts = new Map<FaultKind, number>();
  #failure: { readonly error: unknown } | null = null;

  constructor(options: SimulationOptions) {
    const { seed, keepsTrace, eventsMax, timeMsMax, onInside } = options;
    this.seed = seed;
    this.#scheduler = new Scheduler({
      eventsMax,
      timeMsMax,
      onInside,
      onEvent: (event) => this.trace.event(event.atMs, event.order),
      onThrow: (owner, error) => this.#threw(owner, error),
    });
    const scheduler = this.#scheduler;
    const nature: Nature = {
      get nowMs() {
        return scheduler.nowMs;
      },
      after: (delayMs, callback) => scheduler.after(delayMs, null, callback),
    };
    this.trace = new Trace(() => scheduler.nowMs, keepsTrace);
    this.bites = {
      note: (kind, machine, text) => {
        this.#biteCounts.set(kind, (this.#biteCounts.get(kind) ?? 0) + 1);
        this.trace.record({ type: "bite", kind, machine, text });
      },
    };
    this.network = new NetworkModel({
      nature,
      random: (name) => this.random(`network ${name}`),
      bites: this.bites,
      record: (happening) => this.trace.record(happening),
    });
  }

  /** True time, in milliseconds since the run began. */
  get nowMs(): number {
    return this.#scheduler.nowMs;
  }

  /** How many events were run so far. */
  get eventCount(): number {
    return this.#scheduler.eventCount;
  }

  /** How often each kind of fault made a difference. */
  get biteCounts(): BiteCounts {
    return this.#biteCounts;
  }

  /** All machines, in the order of their making. */
  get machines(): readonly Machine[] {
    return [...this.#machines.values()];
  }

  /** A stream of chance of its own for `name`: the same for the same seed and name. */
  random(name: string): Random {
    return namedRandom(this.seed, name);
  }

  /**
   * Adds a machine, and starts `main` on it. It is started anew by `start`, after
   * whatever ended it. An error that `main` throws fails the run.
   *
   * @param name - Not used before.
   */
  machine(name: string, main: Main): Machine {
    if (this.#machines.has(name)) {
      throw new HoldfastError("invalid_argument", `there is a machine ${name} already`);
    }
    const random = this.random(`machine ${name}`);
    const clock = new MachineClock(() => this.nowMs, {
      nowMs: Math.round(random.next() * 100_000),
      wallOffsetMs: Math.round((random.next() * 2 - 1) * wallOffsetMsMax),
    });
    const { trace, bites, network } = this;
    const disk = new DiskModel({
      machine: name,
      random: this.random(`disk ${name}`),
      bites,
      record: (happening) => trace.record(happening),
    });
    const machine = new Machine({
      name,
      main,
      scheduler: this.#scheduler,
      clock,
      disk,
      network,
      trace,
      bites,
      random: (life) => this.random(`process ${name} ${life}`),
      onFailure: (error) => this.fail(error),
    });
    this.#machines.set(name, machine);
    machine.start();
    return machine;
  }

  /** Waits for `durationMs` of true time. */
  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => this.after(durationMs, resolve));
  }

  /** Calls `callback` after `durationMs` of true time. */
  after(durationMs: number, callback: () => void): void {
    this.#scheduler.after(durationMs, null, callback);
  }

  /**
   * Waits until `condition` holds, which is asked every `everyMs` of true time; false
   * where it does not within `withinMs`.
   */
  async until(
    condition: () => boolean,
    { withinMs, everyMs = 50 }: { readonly withinMs: number; readonly everyMs?: number },
  ): Promise<boolean> {
    const endMs = this.nowMs + withinMs;
    for (;;) {
      if (condition()) return true;
      if (this.nowMs >= endMs) return false;
      await this.sleep(Math.min(everyMs, endMs - this.nowMs));
    }
  }

  /** Writes a line of the test's own into the trace. */
  note(text: string): void {
    this.trace.record({ type: "note", machine: "", text });
  }

  /** Says that a promise was broken: the run fails, with the first of such errors, and ends. */
  fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    const text = error instanceof Error ? error.message : String(error);
    this.trace.record({ type: "violation", text });
  }

  /** What broke, or null. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /**
   * Runs `body` and all that it sets going, until it returns or something fails; see {@link failure}.
   */
  async run(body: (simulation: Simulation) => Promise<void>): Promise<void> {
    let isOver = false;
    this.after(0, () => {
      body(this).then(
        () => {
          isOver = true;
        },
        (error) => this.fail(error),
      );
    });
    const halt = await this.#scheduler.run(() => isOver || this.#failure !== null);
    if (halt !== "done") this.fail(stuck(halt, this.nowMs, this.eventCount));
  }

  #threw(owner: Owner | null, error: unknown): void {
    const machine = this.machines.find((candidate) => candidate.owns(owner));
    if (machine === undefined) this.fail(error);
    else machine.crash(error);
  }
}

function stuck(halt: "idle" | "events" | "time", nowMs: number, events: number): HoldfastError {
  const after = `after ${events} events and ${Math.round(nowMs)} ms of virtual time`;
  const sentences = {
    idle: `${after}, nothing is left to happen, and the test still waits: for something real, or for ever`,
    events: `no end ${after}: more than this run may have`,
    time: `no end ${after}: longer than this run may take`,
  };
  return new HoldfastError("timeout", sentences[halt]);
}
