// Taking into a Doc what lies in the copy: all of it when the document is opened, and
// later what siblings appended.
//
// After a disk was full, a piece may come before one that it builds on; that was
// written again later. So pieces that are early wait for the next ones.

import type { EventRun } from "@holdfast/causality";
import { type Bundle, type Doc, decodeBundle } from "@holdfast/doc";
import { HoldfastError, isHoldfastError } from "@holdfast/std";

/** What became of one piece from the copy. */
export interface TakenPiece {
  readonly bytes: Uint8Array;
  /** The events in it. */
  readonly runs: readonly EventRun[];
  /** Those that the Doc did not hold. */
  readonly applied: readonly EventRun[];
}

/** Takes pieces from the copy into one Doc. */
export class CopyReader {
  readonly #doc: Doc;
  #early: Uint8Array[] = [];

  constructor(doc: Doc) {
    this.#doc = doc;
  }

  /**
   * Takes all that lies in the copy when it is opened. Of two contents of one event the
   * first counts: a document is opened, whoever else wrote in its writer's name. An early
   * piece whose ids were given to something else meanwhile was never acknowledged, and is
   * passed over.
   *
   * @returns `equivocation` where something else was passed over; null where nothing was.
   * @throws {HoldfastError} What the Doc says of damage.
   */
  takeAll(bundles: readonly Uint8Array[]): HoldfastError | null {
    let problem: HoldfastError | null = null;
    let early: Uint8Array[] = [];
    for (const bundle of bundles) {
      try {
        if (this.#doc.apply(bundle).missing.length > 0) early.push(bundle);
      } catch (error) {
        if (!isHoldfastError(error, "equivocation")) throw error;
        problem ??= error;
      }
    }
    for (let count = -1; count !== early.length; ) {
      count = early.length;
      early = early.filter((bundle) => this.#isStillEarly(bundle));
    }
    return problem;
  }

  /**
   * Takes what came later, piece by piece.
   *
   * @param skips - Tells of the runs of a piece that it is held already.
   * @param onTaken - Called after each piece that the Doc took in, or had already.
   * @returns What was wrong with the first piece that was passed over, `equivocation` before
   *   all else; null where none was.
   */
  take(
    bundles: readonly Uint8Array[],
    skips: (runs: readonly EventRun[]) => boolean,
    onTaken: (piece: TakenPiece) => void,
  ): HoldfastError | null {
    let problem: HoldfastError | null = null;
    let pieces = [...this.#early, ...bundles];
    // As long as some of them were waited for by others.
    for (let count = -1; count !== pieces.length; pieces = this.#early) {
      count = pieces.length;
      this.#early = [];
      const found = this.#takeEach(pieces, skips, onTaken);
      problem = graver(problem, found);
    }
    return problem;
  }

  #takeEach(
    pieces: readonly Uint8Array[],
    skips: (runs: readonly EventRun[]) => boolean,
    onTaken: (piece: TakenPiece) => void,
  ): HoldfastError | null {
    let problem: HoldfastError | null = null;
    for (const bytes of pieces) {
      try {
        const bundle = decodeBundle(bytes);
        const runs = bundle.sections.flatMap((section) => section.runs);
        if (!skips(runs)) this.#takeOne(bytes, bundle, onTaken);
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        problem = graver(problem, error);
      }
    }
    return problem;
  }

  #takeOne(bytes: Uint8Array, bundle: Bundle, onTaken: (piece: TakenPiece) => void): void {
    const { agent } = this.#doc;
    const runs = bundle.sections.flatMap((section) => section.runs);
    const next = this.#doc.vector().next(agent);
    const double = runs.find((run) => run.agent === agent && run.to > next);
    if (double !== undefined) {
      const sentence = `event ${double.to - 1} of this writer was written by another`;
      throw new HoldfastError("equivocation", sentence);
    }
    const { applied, missing } = this.#doc.apply(bundle);
    if (missing.length > 0) this.#early.push(bytes);
    else onTaken({ bytes, runs, applied });
  }

  #isStillEarly(bundle: Uint8Array): boolean {
    try {
      return this.#doc.apply(bundle).missing.length > 0;
    } catch (error) {
      if (isHoldfastError(error, "equivocation", "invalid_operation", "too_large")) return false;
      throw error;
    }
  }
}

// A second content of an event is what something has to be done about.
function graver(one: HoldfastError | null, other: HoldfastError | null): HoldfastError | null {
  return one === null || other?.code === "equivocation" ? (other ?? one) : one;
}
