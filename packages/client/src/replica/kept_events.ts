// Which events of one document are durable here, and making them so.
//
// Where the disk failed, something may be missing before what was appended later;
// where all that was kept is lost (persistence.ts), everything is. Either way the next
// append writes all that is not durable anew.
//
// Invariants:
//   RE1  `local` holds an event only if it, and what was appended before it, is durable.

import { type EventRun, VersionVector } from "@holdfast/causality";
import type { Doc } from "@holdfast/doc";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Persistence } from "../copy/persistence.ts";
import { Milestones } from "./milestones.ts";

/** What became of an append. `recut`: other pieces were written. `behind`: something before it failed meanwhile. */
export type KeepResult = "kept" | "recut" | "behind";

/** Parts of {@link KeptEvents}. */
export interface KeptEventsParts {
  readonly doc: Doc;
  readonly persistence: Persistence;
  /** What is in memory; changes. */
  readonly all: VersionVector;
  /** Called after each change of what is durable, or of what is wrong. */
  readonly onChange: () => void;
}

/** The events of one document that are durable here. */
export class KeptEvents {
  readonly #parts: KeptEventsParts;
  readonly #reach = new Milestones();
  #local: VersionVector;
  // Counts failures of the disk, and losses. What was appended before the last one does
  // not count as durable, whatever became of it.
  #failures = 0;
  #error: HoldfastError | null = null;
  #isBehind = false;
  #underWay = 0;
  #idle: (() => void) | null = null;

  /** All that is in the Doc counts as read from the copy. */
  constructor(parts: KeptEventsParts) {
    this.#parts = parts;
    this.#local = parts.doc.vector();
  }

  /** What is durable. Not to be changed. */
  get local(): VersionVector {
    return this.#local;
  }

  /** Why the last append failed; null where it did not. */
  get error(): HoldfastError | null {
    return this.#error;
  }

  /** Whether something has to be written that nobody is writing. */
  get isBehind(): boolean {
    return this.#error !== null || this.#isBehind;
  }

  /** Changes with each failure or loss. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Makes `pieces`, which hold `runs`, durable; or, where something before them is
   * not, all that is not.
   *
   * @throws {HoldfastError} What the persistence says.
   */
  async append(pieces: readonly Uint8Array[], runs: readonly EventRun[]): Promise<KeepResult> {
    const { doc, persistence } = this.#parts;
    const failures = this.#failures;
    const recut = this.isBehind;
    const all = recut ? this.#parts.all.clone() : null;
    const parts = recut ? doc.bundles(this.#local) : pieces;
    this.#underWay += 1;
    try {
      await Promise.all(parts.map((part) => persistence.append(doc.document, part)));
    } catch (error) {
      if (isHoldfastError(error)) this.#failed(error);
      throw error;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#idle?.();
    }
    if (failures !== this.#failures) return "behind";
    this.#error = null;
    this.#isBehind = false;
    if (all !== null) this.#local.merge(all);
    for (const { agent, to } of runs) this.#local.advance(agent, to);
    this.#reach.reach(this.#local);
    this.#parts.onChange();
    return recut ? "recut" : "kept";
  }

  /** Whether all of `runs` is durable. */
  holds(runs: readonly EventRun[]): boolean {
    return runs.every(({ agent, to }) => to <= this.#local.next(agent));
  }

  /** Notes that `runs` were found in the copy. What is not joined to the rest came after something that failed. */
  found(runs: readonly EventRun[]): void {
    for (const { agent, from, to } of runs) {
      if (from <= this.#local.next(agent)) this.#local.advance(agent, to);
    }
    this.#reach.reach(this.#local);
  }

  /** Notes that all that was kept is gone. */
  lost(): void {
    this.#failures += 1;
    this.#isBehind = true;
    this.#local = new VersionVector();
    this.#parts.onChange();
  }

  /** Resolves once `run` is durable; throws where it could not be made so. */
  async whenHolds(run: EventRun): Promise<void> {
    if (this.holds([run])) return;
    if (this.#error !== null) throw this.#error;
    await this.#reach.wait(run);
  }

  /** Resolves once nothing is being written; then tells all who wait that it won't happen. */
  async end(): Promise<void> {
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#reach.fail(new HoldfastError("closed", `${this.#parts.doc.document} was closed`));
  }

  #failed(error: HoldfastError): void {
    this.#failures += 1;
    this.#error = error;
    this.#reach.fail(error);
    this.#parts.onChange();
  }
}
