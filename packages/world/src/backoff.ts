// How long to wait before trying again: exponential, with full jitter.
//
// Many peers lose their server in one moment. Were each to come back after the
// same delay they would come back together; so each waits a random part of a
// span that doubles with every failure.
// Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

import type { Random } from "@holdfast/std";

/** Options for {@link Backoff}. */
export interface BackoffOptions {
  /** The span after the first failure, in milliseconds. */
  readonly baseMs: number;
  /** The longest span, in milliseconds. */
  readonly capMs: number;
}

/** Draws one delay for each failure in a row. */
export class Backoff {
  readonly #random: Random;
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(random: Random, options: BackoffOptions) {
    this.#random = random;
    this.#options = options;
  }

  /** Failures since the start or the last {@link reset}. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts one more failure; milliseconds to wait, from 0 up to the span. */
  next(): number {
    const { baseMs, capMs } = this.#options;
    const spanMs = Math.min(capMs, baseMs * 2 ** this.#failures);
    this.#failures += 1;
    return this.#random.next() * spanMs;
  }

  /** Counts from the start again, after a success. */
  reset(): void {
    this.#failures = 0;
  }
}
