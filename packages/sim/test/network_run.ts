// A run for tests of the network: machines, virtual time, and what was noted.

import { SeededRandom } from "@holdfast/std";
import type { Connection, Listener, Network } from "@holdfast/world";
import type { FaultKind } from "../src/faults/fault.ts";
import { NetworkModel } from "../src/network/network_model.ts";
import { EventQueue, type Owner, SimEvent } from "../src/run/event_queue.ts";
import type { Host, Nature } from "../src/run/host.ts";
import type { Happening } from "../src/run/trace_record.ts";

/** One process. */
export class TestHost implements Host {
  readonly machine: string;
  readonly life: number;
  readonly network: Network;
  readonly owner: Owner = { state: "running", backlog: [], pending: 0 };
  readonly #run: NetworkRun;

  constructor(run: NetworkRun, machine: string, life: number) {
    this.#run = run;
    this.machine = machine;
    this.life = life;
    this.network = run.model.networkOf(this);
  }

  get isAlive(): boolean {
    return this.owner.state !== "ended";
  }

  after(delayMs: number, callback: () => void): SimEvent {
    return this.#run.schedule(delayMs, this.owner, callback);
  }

  pause(): void {
    this.owner.state = "paused";
  }

  resume(): void {
    this.owner.state = "running";
    const { backlog } = this.owner;
    this.owner.backlog = [];
    for (const { callback } of backlog) {
      if (callback !== null) this.#run.schedule(0, this.owner, callback);
    }
  }

  end(how: "exit" | "power"): void {
    this.owner.state = "ended";
    this.#run.model.ended(this, how);
  }
}

/** Nature, the network in it, and what they noted. */
export class NetworkRun implements Nature {
  nowMs = 0;
  eventCount = 0;
  readonly bites: { readonly kind: FaultKind; readonly machine: string; readonly text: string }[] =
    [];
  readonly records: { readonly atMs: number; readonly happening: Happening }[] = [];
  readonly model: NetworkModel;
  readonly #queue = new EventQueue();
  readonly #isFree: boolean;
  #order = 0;
  #isRunning = false;

  /** @param options - `isFree`: time runs by itself whenever there is something to run. */
  constructor({ seed = 1, isFree = false }: { seed?: number; isFree?: boolean } = {}) {
    this.#isFree = isFree;
    this.model = new NetworkModel({
      nature: this,
      random: (name) => new SeededRandom(numberOf(name, seed)),
      bites: { note: (kind, machine, text) => this.bites.push({ kind, machine, text }) },
      record: (happening) => this.records.push({ atMs: this.nowMs, happening }),
    });
  }

  host(machine: string, life = 1): TestHost {
    return new TestHost(this, machine, life);
  }

  after(delayMs: number, callback: () => void): SimEvent {
    return this.schedule(delayMs, null, callback);
  }

  schedule(delayMs: number, owner: Owner | null, callback: () => void): SimEvent {
    this.#order += 1;
    const event = new SimEvent(this.nowMs + Math.max(0, delayMs), this.#order, owner, callback);
    this.#queue.push(event);
    if (this.#isFree && !this.#isRunning) {
      this.#isRunning = true;
      void this.idle().then(() => {
        this.#isRunning = false;
      });
    }
    return event;
  }

  /** Runs what happens until `timeMs`, and then stands there. */
  async until(timeMs: number): Promise<void> {
    await settled();
    for (;;) {
      const next = this.#queue.peek();
      if (next === null || next.atMs > timeMs) break;
      this.#queue.pop();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      if (next.owner?.state === "paused") next.owner.backlog.push(next);
      else if (next.owner?.state !== "ended") {
        this.eventCount += 1;
        const callback = next.callback!;
        next.cancel();
        callback();
        await settled();
      }
    }
    if (timeMs < Number.POSITIVE_INFINITY) this.nowMs = Math.max(this.nowMs, timeMs);
  }

  /** Runs on for `durationMs`. */
  pass(durationMs: number): Promise<void> {
    return this.until(this.nowMs + durationMs);
  }

  /** Runs until nothing is left to happen. */
  idle(): Promise<void> {
    return this.until(Number.POSITIVE_INFINITY);
  }

  /** How often `kind` bit. */
  bitten(kind: FaultKind): number {
    return this.bites.filter((bite) => bite.kind === kind).length;
  }

  /** A connection between two processes, both ends of it, with nothing under way. */
  async connected(near: TestHost, far: TestHost, address = "ws://b/sync"): Promise<Pair> {
    const listener = await far.network.listen(address);
    const accepted = listener.accept();
    const connecting = near.network.connect(address);
    await this.pass(3_000);
    return { near: await connecting, far: (await accepted)!, listener };
  }
}

/** Both ends of a connection. */
export interface Pair {
  readonly near: Connection;
  readonly far: Connection;
  readonly listener: Listener;
}

/** What came of a promise by now. */
export interface Seen<T> {
  value?: T;
  code?: string;
  isSettled: boolean;
}

/** Watches a promise without waiting for it. */
export function watch<T>(promise: Promise<T>): Seen<T> {
  const seen: Seen<T> = { isSettled: false };
  promise.then(
    (value) => Object.assign(seen, { value, isSettled: true }),
    (error: { code: string }) => Object.assign(seen, { code: error.code, isSettled: true }),
  );
  return seen;
}

/** Takes every message of `connection`, as soon as it is there. */
export function takeAll(connection: Connection): Uint8Array[] {
  const taken: Uint8Array[] = [];
  const take = async (): Promise<void> => {
    for (;;) {
      const message = await connection.receive();
      if (message === null) return;
      taken.push(message);
    }
  };
  void take();
  return taken;
}

// All promise callbacks that follow from what happened have run.
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function numberOf(name: string, seed: number): number {
  let sum = seed;
  for (const character of name) sum = (sum * 131 + character.charCodeAt(0)) % 2 ** 44;
  return sum;
}
