// Virtual time: runs what is to happen, one event after another, each to its end.
//
// JavaScript has one thread, so all that a simulation has to own is the order in
// which promises get their values. Every wait of a simulated program ends in an
// event of the queue here. An event is over when no promise callback is left
// to run; only then does time move on.
//
// How it knows that none is left: Node empties its queue of promise callbacks
// before it takes the next one of `process.nextTick`. So each turn of the loop is
// such a tick, asked for by a promise callback. That costs a tenth of a timer or
// of setImmediate, and leaves no room for anything real to come in between:
// timers, sockets and files are not looked at before the loop lets go, every
// `turnsMax` events, so that a progress bar moves and Ctrl-C works.
//
// Invariants:
//   T1  Events run in the order of their time, then of their making.
//   T2  Time never goes back, and moves only between events.
//   T3  An event of a process that has ended never runs; one of a process that is
//       paused runs, in order, once it goes on.

import { assert } from "@holdfast/std";
import { EventQueue, type Owner, SimEvent } from "./event_queue.ts";

// Taken before any run begins: during one, simulated code that asks for it is an escape.
const realImmediate = setImmediate;

/** After how many events the loop lets real events in. */
const turnsMax = 4_096;

/** Why {@link Scheduler.run} came back. */
export type Halt =
  /** What it ran for is done. */
  | "done"
  /** Nothing is left that could ever happen. */
  | "idle"
  /** {@link SchedulerOptions.eventsMax} events were run. */
  | "events"
  /** True time reached {@link SchedulerOptions.timeMsMax}. */
  | "time";

/** Options for {@link Scheduler}. */
export interface SchedulerOptions {
  /** Called before each event is run. */
  readonly onEvent: (event: SimEvent) => void;
  /** Called with what an event threw, as an uncaught exception of its owner. */
  readonly onThrow: (owner: Owner | null, error: unknown) => void;
  /** Called with true when simulated code is about to run, and with false when the loop lets go. */
  readonly onInside: (inside: boolean) => void;
  /** Most events of the whole run. */
  readonly eventsMax: number;
  /** Longest run, in virtual milliseconds. */
  readonly timeMsMax: number;
}

/** The one queue of a run, and its clock. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #queue = new EventQueue();
  #nowMs = 0;
  #made = 0;
  #ran = 0;
  #running = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** True time, in milliseconds since the run began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many events were run. */
  get eventCount(): number {
    return this.#ran;
  }

  /** Has `callback` run after `delayMs`, on behalf of `owner` where there is one. O(log n). */
  after(delayMs: number, owner: Owner | null, callback: () => void): SimEvent {
    const delay = Math.max(0, delayMs);
    this.#made += 1;
    const event = new SimEvent(this.#nowMs + delay, this.#made, owner, callback);
    this.#queue.push(event);
    return event;
  }

  /** Lets a paused owner go on: what fell due meanwhile runs now, in order. */
  resume(owner: Owner): void {
    assert(owner.state === "paused", "T3: an owner that is not paused goes on");
    owner.state = "running";
    const { backlog } = owner;
    owner.backlog = [];
    for (const event of backlog) {
      this.#made += 1;
      event.atMs = this.#nowMs;
      event.order = this.#made;
      this.#queue.push(event);
    }
  }

  /** Ends an owner: nothing of it runs any more. */
  end(owner: Owner): void {
    owner.state = "ended";
    owner.backlog = [];
  }

  /** Runs events until `isDone`, which is asked after each. One call at a time. */
  run(isDone: () => boolean): Promise<Halt> {
    assert(!this.#running, "T1: two loops on one queue");
    this.#running = true;
    this.#options.onInside(true);
    return new Promise((resolve, reject) => {
      let turns = 0;
      // Asked for as a promise callback, so that it waits behind all others.
      const rearm = (): void => process.nextTick(turn);
      const letGo = (): void =>
        process.nextTick(() => {
          this.#options.onInside(false);
          realImmediate(comeBack);
        });
      const finish = (halt: Halt): void => {
        this.#running = false;
        this.#options.onInside(false);
        resolve(halt);
      };
      const comeBack = (): void => {
        this.#options.onInside(true);
        turn();
      };
      const turn = (): void => {
        try {
          const next = isDone() ? "done" : this.#nextOrHalt();
          if (typeof next === "string") {
            finish(next);
            return;
          }
          this.#runOne(next);
          turns += 1;
          queueMicrotask(turns % turnsMax === 0 ? letGo : rearm);
        } catch (error) {
          this.#running = false;
          this.#options.onInside(false);
          reject(error);
        }
      };
      queueMicrotask(rearm);
    });
  }

  #nextOrHalt(): SimEvent | Halt {
    const event = this.#next();
    if (event === null) return "idle";
    if (event.atMs > this.#options.timeMsMax) return "time";
    return this.#ran >= this.#options.eventsMax ? "events" : event;
  }

  #next(): SimEvent | null {
    for (;;) {
      const event = this.#queue.peek();
      if (event === null) return null;
      const { owner } = event;
      if (owner === null || owner.state === "running") return event;
      this.#queue.pop();
      if (owner.state === "paused") owner.backlog.push(event);
      else event.cancel();
    }
  }

  #runOne(event: SimEvent): void {
    assert(event.atMs >= this.#nowMs, "T2: time went back");
    this.#queue.pop();
    this.#nowMs = event.atMs;
    this.#ran += 1;
    this.#options.onEvent(event);
    const callback = event.callback!;
    event.cancel();
    try {
      callback();
    } catch (error) {
      this.#options.onThrow(event.owner, error);
    }
  }
}
