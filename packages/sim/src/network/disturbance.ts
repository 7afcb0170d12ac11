// What is wrong with all links at once, for a while: they lose, double or reorder
// more than they do by nature, or are slower or narrower. Several may overlap.

import { HoldfastError } from "@holdfast/std";
import { requireBytesPerSecond, requireRate } from "./link_profile.ts";

/** A trouble of all links but those from a machine to itself. What is absent stays as it is. */
export interface Disturbance {
  readonly lossRate?: number;
  readonly duplicationRate?: number;
  readonly reorderingRate?: number;
  /** Latencies are so many times as long. */
  readonly latencyFactor?: number;
  readonly bytesPerSecondMax?: number;
}

/** All disturbances that hold now, as one. */
export class Disturbances {
  readonly #active = new Set<Disturbance>();
  lossRate = 0;
  duplicationRate = 0;
  reorderingRate = 0;
  latencyFactor = 1;
  bytesPerSecondMax = Number.POSITIVE_INFINITY;
  /** Counts changes, so that a link tells a disturbance that it has noted from a new one. */
  epoch = 0;

  /** Whether any of the three rates is above 0. */
  get losesOrder(): boolean {
    return this.lossRate > 0 || this.duplicationRate > 0 || this.reorderingRate > 0;
  }

  /**
   * Adds one. Chances combine as independent ones do, factors multiply, and the
   * narrowest limit counts.
   *
   * @returns Takes it away again; harmless twice.
   * @throws {HoldfastError} `invalid_argument`.
   */
  add(disturbance: Disturbance): () => void {
    const { latencyFactor, bytesPerSecondMax } = disturbance;
    requireRate("lossRate", disturbance.lossRate ?? 0);
    requireRate("duplicationRate", disturbance.duplicationRate ?? 0);
    requireRate("reorderingRate", disturbance.reorderingRate ?? 0);
    if (bytesPerSecondMax !== undefined) requireBytesPerSecond(bytesPerSecondMax);
    if (latencyFactor !== undefined && !(latencyFactor > 0 && latencyFactor < 1e6)) {
      throw new HoldfastError("invalid_argument", `latencies ${latencyFactor} times as long`);
    }
    // The same object may be added twice.
    const own = { ...disturbance };
    this.#active.add(own);
    this.#combine();
    return () => {
      if (this.#active.delete(own)) this.#combine();
    };
  }

  #combine(): void {
    let [kept, single, ordered] = [1, 1, 1];
    this.latencyFactor = 1;
    this.bytesPerSecondMax = Number.POSITIVE_INFINITY;
    for (const one of this.#active) {
      kept *= 1 - (one.lossRate ?? 0);
      single *= 1 - (one.duplicationRate ?? 0);
      ordered *= 1 - (one.reorderingRate ?? 0);
      this.latencyFactor *= one.latencyFactor ?? 1;
      const bytesPerSecondMax = one.bytesPerSecondMax ?? Number.POSITIVE_INFINITY;
      this.bytesPerSecondMax = Math.min(this.bytesPerSecondMax, bytesPerSecondMax);
    }
    this.lossRate = 1 - kept;
    this.duplicationRate = 1 - single;
    this.reorderingRate = 1 - ordered;
    this.epoch += 1;
  }
}
