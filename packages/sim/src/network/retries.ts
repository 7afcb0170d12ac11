// When a kernel sends again what was not answered: after a while, after twice that
// while, and so on, and a last time when its patience ends.

/** How long a kernel waits for an answer to what it sent before the connection breaks. */
export const retransmissionTimeoutMs = 30_000;

/** How long a kernel waits, beside a round trip, before it sends something again the first time. */
export const retransmissionDelayMs = 200;

/** The attempts that follow a first one. */
export class Retries {
  readonly #deadlineMs: number;
  #nextMs: number;
  #delayMs: number;

  /**
   * @param sinceMs - When the first attempt was made.
   * @param delayMs - How long until the second one.
   * @param timeoutMs - How long until the last one.
   */
  constructor(sinceMs: number, delayMs: number, timeoutMs: number) {
    this.#deadlineMs = sinceMs + timeoutMs;
    this.#nextMs = sinceMs;
    this.#delayMs = delayMs;
  }

  /** How long after `nowMs` the next attempt is due; null where the last one was made. */
  next(nowMs: number): number | null {
    if (this.#nextMs >= this.#deadlineMs) return null;
    do {
      this.#nextMs += this.#delayMs;
      this.#delayMs *= 2;
    } while (this.#nextMs <= nowMs && this.#nextMs < this.#deadlineMs);
    this.#nextMs = Math.min(this.#nextMs, this.#deadlineMs);
    return Math.max(0, this.#nextMs - nowMs);
  }
}
