// Presence: who else has a document open, and what they show of themselves (a
// name, a cursor), for as long as they are there. Never stored, best effort.
//
// Invariants:
//   PR1  A peer's state reaches the others at most ten times a second; what came
//        in between is left out, the latest is not.
//   PR2  A state that was not set again for 30 s, or whose peer left, is gone for all.
//   PR3  Who joins gets the states that are there.
//   PR4  A document without peers takes no memory.

import type { DocumentId } from "@holdfast/doc";
import type { Clock, Timer } from "@holdfast/world";
import type { SessionId } from "./frame.ts";

/** Shortest time between two updates of one peer that others get. */
export const presenceIntervalMs = 100;
/** How long a state lives without being set again. */
export const presenceLifeMs = 30_000;

/** Hears of another peer's state; null when it is gone. Must not throw. */
export type PresenceListener = (peer: SessionId, state: Uint8Array | null) => void;

/** One peer's place in one document. */
export interface PresenceSeat {
  /** Shows `state` to the others, of at most `presenceSizeBytesMax`; null takes it away. */
  set(state: Uint8Array | null): void;
  /** Takes the state away and ends the seat. Harmless twice. */
  leave(): void;
}

/** Passes presence among the peers of one process. */
export class PresenceHub {
  readonly #clock: Clock;
  readonly #rooms = new Map<DocumentId, Set<Seat>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many documents have peers. */
  get documentCount(): number {
    return this.#rooms.size;
  }

  /** Takes a seat in `document`; `listener` hears at once of the states that are there. O(peers). */
  join(document: DocumentId, peer: SessionId, listener: PresenceListener): PresenceSeat {
    let room = this.#rooms.get(document);
    if (room === undefined) {
      room = new Set();
      this.#rooms.set(document, room);
    }
    const seats = room;
    const seat = new Seat({
      clock: this.#clock,
      peer,
      listener,
      tell: (state) => {
        for (const other of seats) if (other !== seat) other.listener(peer, state);
      },
      leave: () => {
        seats.delete(seat);
        if (seats.size === 0 && this.#rooms.get(document) === seats) this.#rooms.delete(document);
      },
    });
    for (const other of seats) if (other.shown !== null) listener(other.peer, other.shown);
    seats.add(seat);
    return seat;
  }
}

interface SeatOptions {
  readonly clock: Clock;
  readonly peer: SessionId;
  readonly listener: PresenceListener;
  readonly tell: (state: Uint8Array | null) => void;
  readonly leave: () => void;
}

class Seat implements PresenceSeat {
  readonly peer: SessionId;
  readonly listener: PresenceListener;
  /** What the others know of this peer. */
  shown: Uint8Array | null = null;
  readonly #options: SeatOptions;
  #next: Uint8Array | null = null;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #pause: Timer | null = null;
  #life: Timer | null = null;
  #left = false;

  constructor(options: SeatOptions) {
    this.#options = options;
    this.peer = options.peer;
    this.listener = options.listener;
  }

  set(state: Uint8Array | null): void {
    if (this.#left) return;
    const { clock } = this.#options;
    this.#next = state;
    this.#life?.cancel();
    this.#life = state === null ? null : clock.timer(presenceLifeMs, () => this.set(null));
    if (this.#pause !== null) return;
    const waitMs = this.#toldAtMs + presenceIntervalMs - clock.now();
    if (waitMs <= 0) this.#tell();
    else this.#pause = clock.timer(waitMs, () => this.#tell());
  }

  leave(): void {
    if (this.#left) return;
    this.set(null);
    this.#left = true;
    this.#pause?.cancel();
    this.#options.leave();
    if (this.shown !== null) this.#options.tell(null);
  }

  #tell(): void {
    this.#pause = null;
    const changed = this.shown !== null || this.#next !== null;
    this.#toldAtMs = this.#options.clock.now();
    this.shown = this.#next;
    if (changed) this.#options.tell(this.shown);
  }
}
