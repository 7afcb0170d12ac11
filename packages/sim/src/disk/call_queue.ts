// Calls of one process to one open file, or to the names of the disk: each takes its
// time, and they take effect in the order in which they were made.
//
// Invariants:
//   Q1  A call takes effect after those made before it, and answers then.
//   Q2  Once the process has ended nothing answers. Of the calls that were under way,
//       the first few took effect, and the rest did not; how many is drawn.

import { type Random, randomBelow } from "@holdfast/std";
import type { Timer } from "@holdfast/world";
import { type Host, never } from "../run/host.ts";

interface Call {
  readonly delayMs: () => number;
  readonly act: () => void;
  readonly settle: () => void;
}

/** A queue of calls that one process waits for. */
export class CallQueue {
  readonly host: Host;
  readonly #busy: Set<CallQueue>;
  #calls: Call[] = [];
  #timer: Timer | null = null;
  #ended = false;

  /** @param busy - Where it puts itself while calls are under way. */
  constructor(host: Host, busy: Set<CallQueue>) {
    this.host = host;
    this.#busy = busy;
  }

  /**
   * Has `act` happen when its turn comes and `delayMs()` of true time have passed;
   * resolves to what it returns, rejects with what it throws.
   */
  call<T>(delayMs: () => number, act: () => T): Promise<T> {
    if (this.#ended || !this.host.isAlive) return never();
    return new Promise((resolve, reject) => {
      let settle = (): void => undefined;
      this.#calls.push({
        delayMs,
        act: () => {
          try {
            const result = act();
            settle = () => resolve(result);
          } catch (error) {
            settle = () => reject(error);
          }
        },
        settle: () => settle(),
      });
      if (this.#calls.length === 1) this.#start();
    });
  }

  /** The process ended: of what is under way a part takes effect, and nothing answers. */
  end(random: Random): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#busy.delete(this);
    const count = randomBelow(random, this.#calls.length + 1);
    for (const call of this.#calls.slice(0, count)) call.act();
    this.#calls = [];
  }

  #start(): void {
    this.#busy.add(this);
    this.#timer = this.host.after(this.#calls[0]!.delayMs(), () => {
      const call = this.#calls.shift()!;
      call.act();
      call.settle();
      if (this.#calls.length > 0) this.#start();
      else this.#busy.delete(this);
    });
  }
}
