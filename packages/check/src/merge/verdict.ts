// What a judge of merged data answers, and what is made of the faults that it found.

import { HoldfastError } from "@holdfast/std";
import type { MergeId } from "./record.ts";

/** What replicas of merged data may promise. docs/merge.md has an example of each, kept and broken. */
export const mergePromises = [
  "identity",
  "once",
  "causal-delivery",
  "no-rollback",
  "durability",
  "eventual-delivery",
  "convergence",
  "contents",
  "placement",
  "weak-list",
  "strong-list",
  "no-interleaving",
  "tree",
] as const;

/** One of these. */
export type MergePromise = (typeof mergePromises)[number];

/** How a promise was broken. */
export interface MergeFault {
  readonly promise: MergePromise;
  /** What was wrong, as a sentence without its full stop. Records are R0, R1 and so on, by their places in the log. */
  readonly sentence: string;
  /** The records that show it, by their places in the log. */
  readonly places: readonly number[];
  /** The replicas of these records, each once. */
  readonly replicas: readonly string[];
  /** The events, elements or nodes that it is about. */
  readonly ids: readonly MergeId[];
}

/** What is known of one promise: `unknown` where the log had nothing to judge it by, or the search ended. */
export type PromiseVerdict = "ok" | "violation" | "unknown";

/** What a merge log shows. */
export interface MergeVerdict {
  /**
   * `violation` where a promise that was asked for is broken. Else `unknown` where one that
   * was asked for by name is unknown or, if none was, where no two replicas ever showed
   * what they had for the same events, or the search ended.
   */
  readonly verdict: PromiseVerdict;
  /** How promises that were asked for were broken; some examples of each, the smallest first. */
  readonly faults: readonly MergeFault[];
  /** All promises, also those that were not asked for. */
  readonly promises: Readonly<Record<MergePromise, PromiseVerdict>>;
  /** Whether the steps ran out, or it was called off, before all was known. */
  readonly ended: boolean;
}

/** What to judge by. */
export interface MergeOptions {
  /** Judge these alone. Default: all that the log has something to judge by. */
  readonly promises?: readonly MergePromise[];
  /** Steps, each about one element of a state or one event of a run. Default 1e11, which takes an hour. */
  readonly stepsMax?: number;
  /** Asked now and then; once it says true, the judging ends. */
  readonly shouldStop?: () => boolean;
}

/** Examples of a broken promise that a verdict holds. */
export const examplesMax = 8;

const stepsMaxDefault = 100_000_000_000;

/** Steps that options allow. @throws {HoldfastError} `invalid_argument` */
export function stepsOf({ stepsMax = stepsMaxDefault }: MergeOptions): number {
  if (!(stepsMax >= 0)) throw new HoldfastError("invalid_argument", `stepsMax is ${stepsMax}`);
  return stepsMax;
}

/**
 * Promises that options ask for, and those without which these can't be kept; all where
 * they name none.
 *
 * @throws {HoldfastError} `invalid_argument`
 */
export function askedFor({ promises = mergePromises }: MergeOptions): ReadonlySet<MergePromise> {
  for (const promise of promises) {
    if (!mergePromises.includes(promise)) {
      throw new HoldfastError("invalid_argument", `no promise is called ${String(promise)}`);
    }
  }
  // Two states that order two elements in two ways fit in no one order.
  const needed: readonly MergePromise[] = promises.includes("strong-list") ? ["weak-list"] : [];
  return new Set([...promises, ...needed]);
}
