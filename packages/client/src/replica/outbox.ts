// Pieces that were made lately in this copy, as they were made: one for each change, so
// that each leaves as its own bundle.
//
// Invariants:
//   OB1  Whatever was pushed after a position that `reaches` affirms is still here, in order.

import { type EventRun, VersionVector } from "@holdfast/causality";
import type { Arrival, HeldBundle } from "@holdfast/sync";

interface Piece extends HeldBundle {
  /** Its events. */
  readonly runs: readonly EventRun[];
}

/** Most bytes that are kept as single pieces; beyond, what waits is cut anew from the document. */
export const outboxSizeBytesMax = 33_554_432;

/** The latest pieces of one document. Positions begin at 1: what the document held when it was opened. */
export class Outbox {
  // Those before `#first` were taken; they are cut off when they are half of all.
  #pieces: Piece[] = [];
  #first = 0;
  #sizeBytes = 0;
  #last = 1;

  /** The position of the last piece. */
  get last(): Arrival {
    return this.#last as Arrival;
  }

  /** The position before the first piece. */
  get floor(): Arrival {
    return (this.#last - (this.#pieces.length - this.#first)) as Arrival;
  }

  /** Of `vector`, what came before all pieces: their events are cut off. O(pieces). */
  before(vector: VersionVector): VersionVector {
    const firsts = new Map<string, number>();
    for (const { runs } of this.#pieces.slice(this.#first)) {
      for (const { agent, from } of runs) {
        firsts.set(agent, Math.min(from, firsts.get(agent) ?? from));
      }
    }
    return new VersionVector(
      vector.entries().map(([agent, next]) => [agent, Math.min(next, firsts.get(agent) ?? next)]),
    );
  }

  /** Whether all that came after `after` is here. */
  reaches(after: Arrival): boolean {
    return after >= this.floor;
  }

  /** Adds a piece, which holds `runs`. Forgets all where it is too much. */
  push(bytes: Uint8Array, runs: readonly EventRun[]): void {
    this.#last += 1;
    this.#pieces.push({ bytes, arrival: this.#last as Arrival, runs });
    this.#sizeBytes += bytes.length;
    if (this.#sizeBytes > outboxSizeBytesMax) this.forgetThrough(this.last);
  }

  /** Notes something that has no piece: nobody can go on from before it. */
  skip(): void {
    this.#last += 1;
    this.#pieces = [];
    this.#first = 0;
    this.#sizeBytes = 0;
  }

  /** Drops the pieces up to `arrival`. Amortized O(1) for each. */
  forgetThrough(arrival: Arrival): void {
    while (this.floor < arrival && this.#first < this.#pieces.length) {
      this.#sizeBytes -= this.#pieces[this.#first]!.bytes.length;
      this.#first += 1;
    }
    if (this.#first * 2 <= this.#pieces.length) return;
    this.#pieces = this.#pieces.slice(this.#first);
    this.#first = 0;
  }

  /** The first piece after `after`, which is reached; null where there is none. */
  next(after: Arrival): HeldBundle | null {
    return this.#pieces[this.#first + after - this.floor] ?? null;
  }
}
