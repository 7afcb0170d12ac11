// From a run that fails to a small one that fails in the same way.
//
// Method: delta debugging. Halves, quarters and so on of the faults are left out,
// then of the operations, for as long as the run still breaks the same promise;
// then what is left is made shorter in time. It is a search, not a proof: a
// smaller plan may exist.
// Source: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
// input", IEEE TSE 28(2), 2002.

import type { Fault } from "../faults/fault.ts";
import type { Operation, Plan } from "./plan.ts";
import { failureId, type Played } from "./play.ts";

/** What {@link shrink} needs. */
export interface ShrinkOptions<Work extends Operation> {
  /** A run that failed. */
  readonly failed: Played<Work>;
  /** Plays a plan. */
  readonly play: (plan: Plan<Work>) => Promise<Played<Work>>;
  /** Most runs that it may take. */
  readonly runsMax: number;
  /** Hears of each smaller plan that was found. */
  readonly onSmaller?: (played: Played<Work>, runs: number) => void;
}

/** A smaller run that breaks the same promise, or the same one where none was found. */
export async function shrink<Work extends Operation>(
  options: ShrinkOptions<Work>,
): Promise<Played<Work>> {
  const search = new Search(options);
  for (let round = 0; ; round += 1) {
    const { events } = search.best;
    await search.leaveOut("faults");
    await search.leaveOut("operations");
    await search.shorten();
    if (search.isOver || search.best.events >= events || round >= 4) return search.best;
  }
}

class Search<Work extends Operation> {
  best: Played<Work>;
  readonly #options: ShrinkOptions<Work>;
  readonly #id: string;
  #runs = 0;

  constructor(options: ShrinkOptions<Work>) {
    this.#options = options;
    this.best = options.failed;
    this.#id = failureId(options.failed.failure!);
  }

  get isOver(): boolean {
    return this.#runs >= this.#options.runsMax;
  }

  /** Leaves out as many as it can of one list: chunks of half of it first, then ever smaller ones. */
  async leaveOut(list: "faults" | "operations"): Promise<void> {
    let size = this.best.plan[list].length;
    while (size >= 1 && !this.isOver) {
      // From the end: what came after the failure goes first.
      for (let end = this.best.plan[list].length; end > 0; end -= size) {
        const items = this.best.plan[list];
        const kept = items.filter((_, index) => index < end - size || index >= end);
        if (kept.length < items.length) await this.#try({ [list]: kept });
      }
      size = Math.floor(size / 2);
    }
  }

  /** Has faults last for less, and everything happen sooner. */
  async shorten(): Promise<void> {
    for (let index = 0; index < this.best.plan.faults.length && !this.isOver; index += 1) {
      const { durationMs } = this.best.plan.faults[index]!;
      for (const shorterMs of [0, durationMs / 8, durationMs / 2]) {
        const faults = this.best.plan.faults.map((fault, other) =>
          other === index ? { ...fault, durationMs: Math.round(shorterMs) } : fault,
        );
        if (shorterMs < durationMs && (await this.#try({ faults }))) break;
      }
    }
    for (const factor of [0.1, 0.5, 0.8]) {
      const { faults, operations } = this.best.plan;
      const sooner = <Item extends Fault | Work>(item: Item): Item => ({
        ...item,
        atMs: Math.round(item.atMs * factor),
      });
      await this.#try({ faults: faults.map(sooner), operations: operations.map(sooner) });
    }
  }

  /** Plays the best plan with `change`; keeps it where it fails in the same way with no more events. */
  async #try(change: Partial<Plan<Work>>): Promise<boolean> {
    if (this.isOver) return false;
    this.#runs += 1;
    const played = await this.#options.play({ ...this.best.plan, ...change });
    const isSame = played.failure !== null && failureId(played.failure) === this.#id;
    const isSmaller =
      sizeOf(played.plan) < sizeOf(this.best.plan) || played.events < this.best.events;
    if (!isSame || !isSmaller) return false;
    this.best = played;
    this.#options.onSmaller?.(played, this.#runs);
    return true;
  }
}

function sizeOf({ faults, operations }: Plan): number {
  return faults.length + operations.length;
}
