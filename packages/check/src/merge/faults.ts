// Collects how promises were broken, the smallest examples of each, and what was judged.

import type { LogIndex } from "./log_index.ts";
import type { MergeId } from "./record.ts";
import {
  askedFor,
  examplesMax,
  type MergeFault,
  type MergeOptions,
  type MergePromise,
  type MergeVerdict,
  mergePromises,
  type PromiseVerdict,
} from "./verdict.ts";

/** What shows that a promise was broken. */
export interface Evidence {
  readonly sentence: string;
  readonly places: readonly number[];
  /** Where they are not those of the records. */
  readonly replicas?: readonly string[];
  readonly ids: readonly MergeId[];
  /** Smaller is shown first: how much a reader has to look at. */
  readonly weight: number;
}

// So many are kept of each, from which the smallest are shown.
const keptMax = 64;

/** The collection. */
export class Faults {
  readonly #index: LogIndex;
  readonly #judged = new Set<MergePromise>();
  readonly #undecided = new Set<MergePromise>();
  readonly #evidence = new Map<MergePromise, Evidence[]>();

  constructor(index: LogIndex) {
    this.#index = index;
  }

  /** The log holds something that the promise is about. */
  judged(promise: MergePromise): void {
    this.#judged.add(promise);
  }

  /** Whether the promise was kept can't be said, unless it was seen broken. */
  undecided(promise: MergePromise): void {
    this.#undecided.add(promise);
  }

  /** Whether there are examples enough. */
  isFull(promise: MergePromise): boolean {
    return this.#evidence.get(promise)?.length === keptMax;
  }

  isBroken(promise: MergePromise): boolean {
    return this.#evidence.has(promise);
  }

  add(promise: MergePromise, evidence: Evidence): void {
    if (this.isFull(promise)) return;
    const known = this.#evidence.get(promise);
    if (known === undefined) this.#evidence.set(promise, [evidence]);
    else known.push(evidence);
  }

  /** The verdict. `ended`: the search ended before all was looked at. */
  verdict(options: MergeOptions, ended: boolean): MergeVerdict {
    const promises = Object.fromEntries(
      mergePromises.map((promise) => [promise, this.#verdictOn(promise, ended)]),
    ) as Record<MergePromise, PromiseVerdict>;
    const asked = askedFor(options);
    const faults = mergePromises
      .filter((each) => asked.has(each))
      .flatMap((each) => this.#shown(each));
    const decisive: readonly MergePromise[] = options.promises ?? ["convergence"];
    const isOpen = decisive.some((promise) => promises[promise] === "unknown");
    const isUnknown = isOpen || ended || [...asked].some((each) => this.#undecided.has(each));
    return {
      verdict: faults.length > 0 ? "violation" : isUnknown ? "unknown" : "ok",
      faults,
      promises,
      ended,
    };
  }

  #verdictOn(promise: MergePromise, ended: boolean): PromiseVerdict {
    if (this.isBroken(promise)) return "violation";
    if (promise === "strong-list" && this.isBroken("weak-list")) return "violation";
    if (ended || this.#undecided.has(promise)) return "unknown";
    return this.#judged.has(promise) ? "ok" : "unknown";
  }

  #shown(promise: MergePromise): MergeFault[] {
    const evidence = this.#evidence.get(promise) ?? [];
    const sorted = [...evidence].sort((left, right) => left.weight - right.weight);
    return sorted.slice(0, examplesMax).map(({ sentence, places, replicas, ids }) => ({
      promise,
      sentence,
      places,
      replicas: replicas ?? this.#index.replicasOf(places),
      ids,
    }));
  }
}
