// Ends waits that take too long, with one timer for all of them, which is not taken back when
// the last of them ends: where one follows the other that would be a new one for each.

import type { HoldfastError } from "@holdfast/std";
import type { Clock, Timer } from "@holdfast/world";

interface Wait {
  readonly untilMs: number;
  readonly reject: (error: HoldfastError) => void;
}

/** Waits of at most one length; each O(1). */
export class Deadlines {
  readonly #clock: Clock;
  readonly #lengthMs: number;
  readonly #late: () => HoldfastError;
  /** In the order of their ends, or nearly: what is begun anew may end sooner. */
  readonly #waits = new Set<Wait>();
  #timer: Timer | null = null;

  /**
   * @param lengthMs - No wait ends later than this after it began.
   * @param late - What a wait ends with.
   */
  constructor(clock: Clock, lengthMs: number, late: () => HoldfastError) {
    this.#clock = clock;
    this.#lengthMs = lengthMs;
    this.#late = late;
  }

  /** What `work` comes to, unless that takes until after `untilMs`; up to a tenth of the length longer. */
  by<T>(untilMs: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const wait = { untilMs, reject };
      this.#waits.add(wait);
      if (this.#timer === null) this.#look();
      work.then(
        (value) => {
          this.#waits.delete(wait);
          resolve(value);
        },
        (error) => {
          this.#waits.delete(wait);
          reject(error);
        },
      );
    });
  }

  /** Gives the timer back, which outlasts the last wait by a tenth of the length. Nobody waits any more. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #look(): void {
    const now = this.#clock.now();
    for (const wait of [...this.#waits]) {
      if (wait.untilMs > now) continue;
      this.#waits.delete(wait);
      wait.reject(this.#late());
    }
    const isIdle = this.#waits.size === 0;
    this.#timer = isIdle ? null : this.#clock.timer(this.#lengthMs / 10, () => this.#look());
  }
}
