// The least that a model needs to run in virtual time: events in their order, with
// all promise callbacks done between two of them.

import type { Timer } from "@holdfast/world";
import { EventQueue, SimEvent } from "../src/run/event_queue.ts";
import type { Host, Nature } from "../src/run/host.ts";

/** A process that can be ended. */
export class TestHost implements Host {
  readonly machine: string;
  readonly life: number;
  readonly #nature: Nature;
  isAlive = true;

  constructor(nature: Nature, machine: string, life: number) {
    this.#nature = nature;
    this.machine = machine;
    this.life = life;
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#nature.after(delayMs, () => {
      if (this.isAlive) callback();
    });
  }
}

/** Virtual time for one test. */
export class VirtualLoop implements Nature {
  readonly #queue = new EventQueue();
  #made = 0;
  nowMs = 0;

  after(delayMs: number, callback: () => void): Timer {
    this.#made += 1;
    const event = new SimEvent(this.nowMs + delayMs, this.#made, null, callback);
    this.#queue.push(event);
    return event;
  }

  /** Runs at most `count` events; answers how many there were. */
  async step(count = Number.POSITIVE_INFINITY): Promise<number> {
    await promisesDone();
    let done = 0;
    for (; done < count; done += 1) {
      const event = this.#queue.pop();
      if (event === null) break;
      this.nowMs = event.atMs;
      event.callback?.();
      await promisesDone();
    }
    return done;
  }

  /** Runs events until `work` is done. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    let settled = false;
    const result = work().finally(() => {
      settled = true;
    });
    result.catch(() => undefined);
    await promisesDone();
    while (!settled) {
      if ((await this.step(1)) === 0) throw new Error("nothing is left that could happen");
    }
    return result;
  }
}

/** Node takes the next of these ticks only when no promise callback is left. */
function promisesDone(): Promise<void> {
  return new Promise((resolve) => {
    Promise.resolve().then(() => process.nextTick(resolve));
  });
}
