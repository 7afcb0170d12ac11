// When a leader tells its peers of what was committed, where no entries follow that would.
//
// Most commits are told of with the entries that follow, and cost no message of their own. So
// each has its time for that, also where the timer was set for one before.

import type { Clock, Timer } from "@holdfast/world";

/** Peers hear of what was committed after this long, where no entries followed. */
export const tellMs = 4;

/** What a {@link Teller} asks and does. */
export interface TellerParts {
  /** Whether a peer was not told of all that is committed. */
  hasUntold(): boolean;
  tell(): void;
}

/** See the head of this file. */
export class Teller {
  readonly #clock: Clock;
  readonly #parts: TellerParts;
  #timer: Timer | null = null;
  /** Since when there is something untold; null where there is nothing. */
  #sinceMs: number | null = null;

  constructor(clock: Clock, parts: TellerParts) {
    this.#clock = clock;
    this.#parts = parts;
  }

  /** Looks whether there is something to tell; to be called after whatever may change that. */
  look(): void {
    if (!this.#parts.hasUntold()) {
      this.#sinceMs = null;
      return;
    }
    this.#sinceMs ??= this.#clock.now();
    if (this.#timer === null) this.#wait(tellMs);
  }

  /** Tells nothing more, unless it is asked to look again. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(ms: number): void {
    this.#timer = this.#clock.timer(ms, () => {
      this.#timer = null;
      if (this.#sinceMs === null) return;
      const leftMs = this.#sinceMs + tellMs - this.#clock.now();
      if (leftMs > 0) this.#wait(leftMs);
      else this.#parts.tell();
    });
  }
}
