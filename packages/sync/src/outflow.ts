// What goes out on one channel: which pieces of a document the other side lacks,
// gathered into frames. The same on both sides of a session.
//
// `known` is what the other side said it holds, was sent, or sent itself; all of
// it counts as a version vector, since whoever holds an event holds those before
// it. A section that `known` covers is left out; one that it covers partly goes
// whole, for cutting it would take decoding its payload.
//
// Invariants:
//   OF1  `known` only grows, so that no section goes out twice on one channel.
//   OF2  Sections leave in the order of their arrival.

import type { VersionVector } from "@holdfast/causality";
import { type BundleSection, decodeBundle, encodeBundle } from "@holdfast/doc";
import { assert } from "@holdfast/std";
import type { Arrival, HeldBundle } from "./holdings.ts";

/** From how many bytes on a batch of bundles is sent as a frame. */
export const batchSizeBytes = 65_536;

/** The pieces of one document on their way to one peer. */
export class Outflow {
  /** What the other side holds, or will once it has read what was sent. */
  readonly known: VersionVector;
  /** Up to where the holdings were read. */
  after = 0 as Arrival;
  #state: "idle" | "reading" | "reading_stale" = "idle";
  #batch: Uint8Array[] = [];
  #batchSizeBytes = 0;

  /** @param known - Becomes the outflow's own. */
  constructor(known: VersionVector) {
    this.known = known;
  }

  /** Whether a read is under way. */
  get reading(): boolean {
    return this.#state !== "idle";
  }

  /** Notes that there may be more to read. Tells whether a read must be started. */
  changed(): boolean {
    const idle = this.#state === "idle";
    this.#state = idle ? "reading" : "reading_stale";
    return idle;
  }

  /** Notes that a read ended, `more` where it stopped before its end. Tells whether another must be started. */
  readEnded(more: boolean): boolean {
    assert(this.#state !== "idle", "OF2: a read ended that was not started");
    const again = more || this.#state === "reading_stale";
    this.#state = again ? "reading" : "idle";
    return again;
  }

  /**
   * Takes the next piece. O(piece).
   *
   * @returns What of it must go out: null where the other side has all of it.
   * @throws {HoldfastError} Where it is not a bundle: the holdings are damaged.
   */
  take(piece: HeldBundle): Uint8Array | null {
    if (piece.arrival > this.after) this.after = piece.arrival;
    const bundle = decodeBundle(piece.bytes);
    const lacking = bundle.sections.filter((section) => !covers(this.known, section));
    if (lacking.length === 0) return null;
    this.hold(lacking);
    if (lacking.length === bundle.sections.length) return piece.bytes;
    return encodeBundle({ document: bundle.document, sections: lacking });
  }

  /** Notes that the other side holds the events of `sections`. */
  hold(sections: readonly BundleSection[]): void {
    for (const section of sections) advance(this.known, section);
  }

  /** Adds a bundle to the batch. Returns the batch before it where that is full by now. */
  gather(bytes: Uint8Array): readonly Uint8Array[] | null {
    const full = this.#batchSizeBytes + bytes.length > batchSizeBytes;
    const batch = full ? this.flush() : null;
    this.#batch.push(bytes);
    this.#batchSizeBytes += bytes.length;
    return batch;
  }

  /** Takes out what was gathered; null where that is nothing. */
  flush(): readonly Uint8Array[] | null {
    if (this.#batch.length === 0) return null;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchSizeBytes = 0;
    return batch;
  }
}

/** Raises `vector` to include the events of `section`. */
export function advance(vector: VersionVector, section: BundleSection): void {
  for (const run of section.runs) vector.advance(run.agent, run.to);
}

function covers(vector: VersionVector, section: BundleSection): boolean {
  return section.runs.every((run) => run.to <= vector.next(run.agent));
}
