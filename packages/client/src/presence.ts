// Who else has a document open, and what they show of themselves.

import { decodeValue, encodeValue, type Value } from "@holdfast/doc";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import { presenceIntervalMs, presenceSizeBytesMax, type SessionId } from "@holdfast/sync";
import type { Clock, Timer } from "@holdfast/world";
import { tellAll } from "./tell_all.ts";

/** Sends what this peer shows; null for nothing. */
export type Present = (state: Uint8Array | null) => void;

/** Presence in one document, for one handle. Best effort: nothing of it is kept. */
export class Presence {
  readonly #clock: Clock;
  readonly #present: Present;
  readonly #peers = new Map<SessionId, Value>();
  readonly #listeners = new Set<() => void>();
  #shown: Uint8Array | null = null;
  #pause: Timer | null = null;
  #sentAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, present: Present) {
    this.#clock = clock;
    this.#present = present;
  }

  /**
   * Shows `value` to the others, until it is set again; null shows nothing. Others
   * get at most ten updates a second: the latest one always.
   *
   * @throws {HoldfastError} `too_large` where it takes more than `presenceSizeBytesMax`
   *   encoded; `invalid_argument` where it is no value.
   */
  set(value: Value | null): void {
    const state = value === null ? null : encodeValue(value);
    if (state !== null && state.length > presenceSizeBytesMax) {
      const sentence = `presence of ${state.length} bytes, at most ${presenceSizeBytesMax}`;
      throw new HoldfastError("too_large", sentence);
    }
    this.#shown = state;
    if (this.#pause !== null) return;
    const waitMs = this.#sentAtMs + presenceIntervalMs - this.#clock.now();
    if (waitMs <= 0) this.#send();
    else this.#pause = this.#clock.timer(waitMs, () => this.#send());
  }

  /** What the others show, by a name that lasts as long as their connection. */
  peers(): ReadonlyMap<number, Value> {
    return new Map(this.#peers);
  }

  /** Calls `listener` when {@link peers} changed; what it throws is dropped. Returns the way to stop. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Takes what the server says of another peer. What is no value is ignored. */
  receive(peer: SessionId, state: Uint8Array | null): void {
    try {
      if (state === null) this.#peers.delete(peer);
      else this.#peers.set(peer, decodeValue(state));
    } catch (error) {
      if (isHoldfastError(error)) return;
      throw error;
    }
    this.#tell();
  }

  /** Shows again, to a server that knows nothing yet. */
  connected(): void {
    if (this.#shown !== null) this.#present(this.#shown);
  }

  /** Forgets the others: nobody can be seen. */
  disconnected(): void {
    if (this.#peers.size === 0) return;
    this.#peers.clear();
    this.#tell();
  }

  /** Shows nothing more. */
  close(): void {
    this.#pause?.cancel();
    this.#pause = null;
    this.#listeners.clear();
    if (this.#shown !== null) this.#present(null);
    this.#shown = null;
  }

  #send(): void {
    this.#pause = null;
    this.#sentAtMs = this.#clock.now();
    this.#present(this.#shown);
  }

  #tell(): void {
    tellAll(this.#listeners, undefined);
  }
}
