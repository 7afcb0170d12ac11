// How much of something is under way, against how much may be.

import { assert } from "@holdfast/std";

/** Counts what is taken and given back; for one waiter for room at a time. */
export class Budget {
  readonly #max: number;
  #used = 0;
  #waiting: (() => void)[] = [];

  /** @param max - Beyond it, {@link room} waits. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Takes `amount`, even beyond the maximum. */
  take(amount: number): void {
    this.#used += amount;
  }

  /** Gives back what was taken. */
  give(amount: number): void {
    this.#used -= amount;
    assert(this.#used >= 0, "budget: more given back than taken");
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves as soon as less than the maximum is under way. */
  async room(): Promise<void> {
    while (this.#used >= this.#max) await this.#change();
  }

  /** Resolves as soon as nothing is under way. */
  async empty(): Promise<void> {
    while (this.#used > 0) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
